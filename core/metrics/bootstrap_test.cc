#include "core/metrics/bootstrap.h"

#include <atomic>
#include <cmath>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/random.h"
#include "core/metrics/auroc.h"
#include "core/metrics/weighted_mean.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

WeightedStatistic MeanOf(std::vector<double> values) {
  return [values](absl::Span<const double> weights) { return WeightedMean(values, weights); };
}

std::vector<double> Normals(size_t n, uint64_t seed) {
  CounterRng rng(seed);
  std::vector<double> values(n);
  for (double& value : values) value = rng.Normal();
  return values;
}

TEST(Bootstrap, IntervalOfAMeanIsTheTextbooks) {
  constexpr size_t kCases = 400;
  const WeightedStatistic mean = MeanOf(Normals(kCases, 1));
  const BootstrapEstimate estimate = Bootstrap(OnePatientPerCase(kCases), {mean}, {.resamples = 4000})[0];
  EXPECT_NEAR(*estimate.standard_error, 1 / std::sqrt(kCases), 0.005);
  EXPECT_NEAR(*estimate.high - *estimate.low, 2 * 1.96 / std::sqrt(kCases), 0.02);
  EXPECT_LT(*estimate.low, *estimate.value);
  EXPECT_GT(*estimate.high, *estimate.value);
  EXPECT_EQ(estimate.undefined, 0);
}

// The interval covers the truth about as often as it says.
TEST(Bootstrap, Coverage) {
  int covered = 0;
  constexpr int kTrials = 200;
  for (int trial = 0; trial < kTrials; ++trial) {
    const auto estimate = Bootstrap(OnePatientPerCase(80), {MeanOf(Normals(80, 100 + trial))}, {.resamples = 500})[0];
    covered += *estimate.low <= 0 && 0 <= *estimate.high;
  }
  EXPECT_GE(covered, 178);  // 190 expected, standard deviation 3
  EXPECT_LE(covered, 200);
}

// Ten equal cases a patient carry the information of one: resampling cases would give an interval a third as wide.
TEST(Bootstrap, PatientsAreDrawnNotCases) {
  const std::vector<double> of_patient = Normals(60, 2);
  std::vector<double> values;
  std::vector<std::string> ids;
  for (size_t p = 0; p < of_patient.size(); ++p) {
    for (int copy = 0; copy < 10; ++copy) {
      values.push_back(of_patient[p]);
      ids.push_back(absl::StrCat("patient", p));
    }
  }
  const Patients patients = PatientsOf(ids);
  EXPECT_EQ(patients.count, 60u);
  const auto once = Bootstrap(OnePatientPerCase(60), {MeanOf(of_patient)}, {})[0];
  const auto tenfold = Bootstrap(patients, {MeanOf(values)}, {})[0];
  EXPECT_NEAR(*once.low, *tenfold.low, 1e-12);
  EXPECT_NEAR(*once.high, *tenfold.high, 1e-12);
  const auto cases = Bootstrap(OnePatientPerCase(600), {MeanOf(values)}, {})[0];
  EXPECT_LT(*cases.standard_error, *tenfold.standard_error / 2.5);
}

TEST(Bootstrap, DependsOnTheSeedAlone) {
  const std::vector<WeightedStatistic> both = {MeanOf(Normals(50, 3)), MeanOf(Normals(50, 4))};
  const auto one = Bootstrap(OnePatientPerCase(50), both, {.resamples = 300, .seed = 7, .threads = 1});
  const auto four = Bootstrap(OnePatientPerCase(50), {both[1]}, {.resamples = 300, .seed = 7, .threads = 4});
  EXPECT_EQ(*one[1].low, *four[0].low);
  EXPECT_EQ(*one[1].standard_error, *four[0].standard_error);
  const auto other = Bootstrap(OnePatientPerCase(50), both, {.resamples = 300, .seed = 8});
  EXPECT_NE(*one[0].low, *other[0].low);
}

TEST(Bootstrap, UndefinedResamplesAreCounted) {
  // One positive of five: a share of about (4/5)^5 of the resamples has none.
  const bool labels[] = {true, false, false, false, false};
  const WeightedAuroc auroc({3, 1, 2, 4, 0}, labels);
  const auto estimate = Bootstrap(OnePatientPerCase(5), {auroc}, {.resamples = 3000})[0];
  EXPECT_DOUBLE_EQ(*estimate.value, 0.75);
  EXPECT_NEAR(static_cast<double>(estimate.undefined) / 3000, std::pow(0.8, 5), 0.04);
  EXPECT_TRUE(estimate.low.has_value());

  const bool none[] = {false, false};
  const WeightedStatistic undefined = WeightedAuroc({1, 2}, none);
  const auto nothing = Bootstrap(OnePatientPerCase(2), {undefined}, {.resamples = 10})[0];
  EXPECT_FALSE(nothing.value.has_value());
  EXPECT_FALSE(nothing.low.has_value());
  EXPECT_EQ(nothing.undefined, 10);
  EXPECT_EQ(UndefinedOnAll({undefined}), std::vector<size_t>{0});
  EXPECT_FALSE(Bootstrap(OnePatientPerCase(0), {undefined}, {})[0].value.has_value());
}

TEST(ComparePaired, SharedNoiseCancels) {
  const std::vector<double> shared = Normals(200, 5), own = Normals(200, 6);
  std::vector<double> better(200);
  for (size_t i = 0; i < 200; ++i) better[i] = shared[i] + 0.1 + 0.1 * own[i];
  const PairedComparison comparison = ComparePaired(OnePatientPerCase(200), MeanOf(better), MeanOf(shared), {});
  EXPECT_NEAR(*comparison.difference.value, 0.1, 0.03);
  EXPECT_LT(*comparison.difference.standard_error, *comparison.first.standard_error / 5);
  EXPECT_DOUBLE_EQ(*comparison.p, 2.0 / 2001);  // no resample on the other side: the least that 2,000 can say
  EXPECT_GT(*comparison.effect, 5);
  EXPECT_GT(*comparison.difference.low, 0);
}

TEST(ComparePaired, EqualModelsDoNotDiffer) {
  const WeightedStatistic mean = MeanOf(Normals(30, 8));
  const PairedComparison same = ComparePaired(OnePatientPerCase(30), mean, mean, {.resamples = 200});
  EXPECT_EQ(*same.p, 1);
  EXPECT_EQ(*same.difference.value, 0);
  EXPECT_FALSE(same.effect.has_value());

  // Under the null hypothesis small p-values are as rare as they should be.
  int below = 0;
  constexpr int kTrials = 200;
  for (int trial = 0; trial < kTrials; ++trial) {
    const auto p = ComparePaired(OnePatientPerCase(60), MeanOf(Normals(60, 1000 + trial)), MeanOf(Normals(60, 2000 + trial)),
                                 {.resamples = 300})
                       .p;
    below += *p < 0.05;
  }
  EXPECT_LE(below, 22);  // 10 expected, standard deviation 3
}

TEST(ComparePaired, AnUndefinedSideGivesNoP) {
  const bool none[] = {false, false};
  const auto comparison = ComparePaired(OnePatientPerCase(2), WeightedAuroc({1, 2}, none), MeanOf({1, 2}), {.resamples = 20});
  EXPECT_FALSE(comparison.p.has_value());
  EXPECT_FALSE(comparison.difference.value.has_value());
  EXPECT_EQ(comparison.difference.undefined, 20);
  EXPECT_EQ(comparison.second.undefined, 0);
}

TEST(ComparePaired, EstimatesSayWhatTheStatisticsSay) {
  const WeightedStatistic first = MeanOf(Normals(50, 11)), second = MeanOf(Normals(50, 12));
  const Patients patients = OnePatientPerCase(50);
  const BootstrapOptions options{.resamples = 200, .seed = 3};
  const PairedComparison of_statistics = ComparePaired(patients, first, second, options);
  const PairedComparison of_estimates =
      ComparePaired(Bootstrap(patients, {second, first}, options)[1], Bootstrap(patients, {second}, options)[0], options.level);
  EXPECT_EQ(of_estimates.p, of_statistics.p);
  EXPECT_EQ(of_estimates.effect, of_statistics.effect);
  EXPECT_EQ(of_estimates.difference.value, of_statistics.difference.value);
  EXPECT_EQ(of_estimates.difference.low, of_statistics.difference.low);
  EXPECT_EQ(of_estimates.difference.resampled, of_statistics.difference.resampled);
  EXPECT_EQ(of_estimates.second.high, of_statistics.second.high);
}

TEST(OncePerResample, IsComputedOnceForAllThatAskAndAnewInTheNextResample) {
  std::atomic<int> computed = 0;
  const WeightedStatistic a = MeanOf(Normals(40, 13)), b = MeanOf(Normals(40, 14));
  const std::vector<WeightedStatistic> both =
      OncePerResample(2, [&](absl::Span<const double> weights, absl::Span<std::optional<double>> values) {
        ++computed;
        values[0] = a(weights);
        values[1] = b(weights);
      });
  EXPECT_EQ(both[0]({}), a({}));
  EXPECT_EQ(both[1]({}), b({}));
  EXPECT_EQ(computed, 2);  // there is no resample
  const BootstrapOptions options{.resamples = 500, .threads = 3};
  const auto estimates = Bootstrap(OnePatientPerCase(40), {both[0], both[1], MeanStatistic(both)}, options);
  EXPECT_EQ(computed, 2 + 500 + 4);  // the values on all cases: one, one, and two of the mean
  const auto plain = Bootstrap(OnePatientPerCase(40), {a, b, MeanStatistic({a, b})}, options);
  for (size_t i = 0; i < plain.size(); ++i) EXPECT_EQ(estimates[i].resampled, plain[i].resampled) << i;
}

TEST(OncePerResample, OtherWeightsWithinAResampleAreTheirOwn) {
  const WeightedStatistic total =
      OncePerResample(1, [](absl::Span<const double> weights, absl::Span<std::optional<double>> values) {
        values[0] = std::accumulate(weights.begin(), weights.end(), 0.0);
      })[0];
  const WeightedStatistic of_half = [&](absl::Span<const double> weights) -> std::optional<double> {
    return *total(weights) == 10 ? total(weights.first(5)) : std::nullopt;
  };
  const auto estimate = Bootstrap(OnePatientPerCase(10), {total, of_half}, {.resamples = 50})[1];
  EXPECT_EQ(estimate.undefined, 0);
  EXPECT_LT(*estimate.high, 10);
}

// A bootstrap within a statistic of a bootstrap: each has resamples of its own.
TEST(OncePerResample, OfABootstrapWithinABootstrap) {
  const WeightedStatistic plain = MeanOf(Normals(20, 15));
  const WeightedStatistic once = OncePerResample(
      1, [&](absl::Span<const double> weights, absl::Span<std::optional<double>> values) { values[0] = plain(weights); })[0];
  const auto nested = [](const WeightedStatistic& statistic) -> WeightedStatistic {
    return [statistic](absl::Span<const double> weights) -> std::optional<double> {
      if (weights.empty()) return std::nullopt;
      const double before = *statistic(weights);
      const auto within = Bootstrap(OnePatientPerCase(20), {statistic}, {.resamples = 5, .seed = 1, .threads = 1})[0];
      return before + *within.standard_error + *statistic(weights);
    };
  };
  const BootstrapOptions options{.resamples = 10, .threads = 2};
  EXPECT_EQ(Bootstrap(OnePatientPerCase(20), {nested(once)}, options)[0].resampled,
            Bootstrap(OnePatientPerCase(20), {nested(plain)}, options)[0].resampled);
}

TEST(MeanStatistic, AveragesSeedsWithinAResample) {
  const std::vector<double> a = Normals(40, 9), b = Normals(40, 10);
  std::vector<double> both(40);
  for (size_t i = 0; i < 40; ++i) both[i] = (a[i] + b[i]) / 2;
  const auto mean = Bootstrap(OnePatientPerCase(40), {MeanStatistic({MeanOf(a), MeanOf(b)})}, {.resamples = 100})[0];
  const auto direct = Bootstrap(OnePatientPerCase(40), {MeanOf(both)}, {.resamples = 100})[0];
  EXPECT_NEAR(*mean.low, *direct.low, 1e-12);
  EXPECT_NEAR(*mean.value, *direct.value, 1e-12);
  EXPECT_FALSE(MeanStatistic({})({}).has_value());
}

}  // namespace
}  // namespace asap
