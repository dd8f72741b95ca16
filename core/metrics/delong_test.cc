#include "core/metrics/delong.h"

#include <cmath>
#include <memory>
#include <vector>

#include "core/base/random.h"
#include "core/metrics/auroc.h"
#include "core/metrics/bootstrap.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

struct Data {
  std::vector<double> first, second;
  std::unique_ptr<bool[]> labels;
  absl::Span<const bool> positive() const { return absl::MakeConstSpan(labels.get(), first.size()); }
};

Data Made(size_t n, double gain) {
  Data data;
  CounterRng rng(11);
  data.labels = std::make_unique<bool[]>(n);
  for (size_t i = 0; i < n; ++i) {
    data.labels[i] = rng.Bernoulli(0.4);
    const double shared = rng.Normal() + data.labels[i];
    data.first.push_back(std::round(10 * (shared + 0.5 * rng.Normal() + gain * data.labels[i])) / 10);  // with ties
    data.second.push_back(std::round(10 * (shared + 0.5 * rng.Normal())) / 10);
  }
  return data;
}

// DeLong, DeLong & Clarke-Pearson (1988) by all pairs.
double ByPairs(const std::vector<double>& a, const std::vector<double>& b, absl::Span<const bool> positive) {
  const auto components = [&](const std::vector<double>& scores, bool of_positives) {
    std::vector<double> values;
    for (size_t i = 0; i < scores.size(); ++i) {
      if (positive[i] != of_positives) continue;
      double sum = 0, count = 0;
      for (size_t j = 0; j < scores.size(); ++j) {
        if (positive[j] == of_positives) continue;
        const double high = of_positives ? scores[i] : scores[j], low = of_positives ? scores[j] : scores[i];
        sum += high > low ? 1 : high == low ? 0.5 : 0;
        ++count;
      }
      values.push_back(sum / count);
    }
    return values;
  };
  double total = 0;
  for (const bool side : {true, false}) {
    const std::vector<double> x = components(a, side), y = components(b, side);
    double mean_x = 0, mean_y = 0, sum = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      mean_x += x[i] / static_cast<double>(x.size());
      mean_y += y[i] / static_cast<double>(x.size());
    }
    for (size_t i = 0; i < x.size(); ++i) sum += (x[i] - mean_x) * (y[i] - mean_y);
    total += sum / static_cast<double>((x.size() - 1) * x.size());
  }
  return total;
}

TEST(DeLong, EqualsTheSumOverPairs) {
  const Data data = Made(150, 0.5);
  const auto test = DeLongTest(data.first, data.second, data.positive());
  EXPECT_NEAR(test->first.auroc, *Auroc(data.first, data.positive()), 1e-13);
  EXPECT_NEAR(*test->first.variance, ByPairs(data.first, data.first, data.positive()), 1e-14);
  EXPECT_NEAR(*test->covariance, ByPairs(data.first, data.second, data.positive()), 1e-14);
}

TEST(DeLong, AgreesWithTheBootstrap) {
  const Data data = Made(300, 0.5);
  const auto estimate = Bootstrap(OnePatientPerCase(300), {WeightedAuroc(data.first, data.positive())}, {.resamples = 3000})[0];
  EXPECT_NEAR(*estimate.standard_error / std::sqrt(*DeLong(data.first, data.positive())->variance), 1, 0.08);
}

TEST(DeLong, Intervals) {
  const Data data = Made(150, 0.5);
  const auto auroc = *DeLong(data.first, data.positive());
  const auto wald = *auroc.Wald(), logit = *auroc.Logit();
  EXPECT_NEAR(wald.second - wald.first, 2 * 1.959963984540054 * std::sqrt(*auroc.variance), 1e-12);
  EXPECT_LT(logit.first, wald.first);  // the scale is longer towards one half
  EXPECT_LT(logit.second, wald.second);
  const DeLongAuroc near_one = {0.99, 1e-3};
  EXPECT_GT(near_one.Wald()->second, 1);
  EXPECT_LT(near_one.Logit()->second, 1);
  const DeLongAuroc perfect = {1.0, 0.0};
  EXPECT_EQ(perfect.Logit()->first, 1);
}

TEST(DeLong, Edges) {
  EXPECT_FALSE(DeLong({1, 2}, {true, true}).has_value());
  EXPECT_FALSE(DeLong({1, NAN}, {true, false}).has_value());
  const auto one_each = *DeLong({1, 2}, {false, true});
  EXPECT_EQ(one_each.auroc, 1);
  EXPECT_FALSE(one_each.variance.has_value());
  EXPECT_FALSE(one_each.Wald().has_value());
  const Data data = Made(50, 0);
  const auto same = *DeLongTest(data.first, data.first, data.positive());
  EXPECT_EQ(*same.z, 0);
  EXPECT_EQ(*same.p, 1);
}

TEST(DeLong, FindsADifference) {
  const Data better = Made(400, 1.0), equal = Made(400, 0);
  EXPECT_LT(*DeLongTest(better.first, better.second, better.positive())->p, 1e-4);
  EXPECT_GT(*DeLongTest(equal.first, equal.second, equal.positive())->p, 1e-3);
}

}  // namespace
}  // namespace asap
