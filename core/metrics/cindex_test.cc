#include "core/metrics/cindex.h"

#include <cmath>
#include <memory>

#include "core/base/random.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

struct Data {
  std::vector<double> times, risks, weights;
  std::unique_ptr<bool[]> events;
  absl::Span<const bool> event() const { return absl::MakeConstSpan(events.get(), times.size()); }
};

Data Made(size_t n, double distinct_times, uint64_t seed) {
  Data data;
  CounterRng rng(seed);
  data.events = std::make_unique<bool[]>(n);
  for (size_t i = 0; i < n; ++i) {
    data.events[i] = rng.Bernoulli(0.5);
    data.times.push_back(std::floor(rng.Uniform(0, distinct_times)));
    data.risks.push_back(std::floor(rng.Uniform(0, 12)) - 0.3 * data.times.back());
    data.weights.push_back(static_cast<double>(rng.UniformInt(0, 3)));
  }
  return data;
}

ConcordancePairs ByPairs(const Data& data, const std::vector<double>& weights, const std::vector<double>& factors) {
  ConcordancePairs pairs;
  for (size_t i = 0; i < data.times.size(); ++i) {
    for (size_t j = 0; j < data.times.size(); ++j) {
      if (i == j || !data.events[i]) continue;
      if (!(data.times[i] < data.times[j] || (data.times[i] == data.times[j] && !data.events[j]))) continue;
      const double weight = weights[i] * weights[j] * factors[i];
      pairs.comparable += weight;
      pairs.concordant += data.risks[i] > data.risks[j] ? weight : 0;
      pairs.tied += data.risks[i] == data.risks[j] ? weight : 0;
    }
  }
  return pairs;
}

// Both ways of counting, with and without weights.
TEST(CIndex, EqualsTheCountOverAllPairs) {
  for (const double distinct : {1.0, 3.0, 8.0, 9.0, 1000.0}) {
    const Data data = Made(120, distinct, 20 + static_cast<uint64_t>(distinct));
    const WeightedCIndex index(data.times, data.risks, data.event());
    const std::vector<double> ones(120, 1.0);
    for (const std::vector<double>& weights : {ones, data.weights}) {
      const ConcordancePairs expected = ByPairs(data, weights, ones), found = index.Pairs(weights);
      EXPECT_EQ(found.concordant, expected.concordant) << distinct;
      EXPECT_EQ(found.tied, expected.tied) << distinct;
      EXPECT_EQ(found.comparable, expected.comparable) << distinct;
    }
  }
}

TEST(CIndex, TheSpecificationsTies) {
  const bool events[] = {true, true, true, true, true, false, false, false};
  const WeightedCIndex index({0, 0, 1, 1, 2, 2, 2, 2}, {.9, .2, .5, .5, .1, .5, -.3, .2}, events);
  EXPECT_DOUBLE_EQ(*index(), 16.5 / 23);
}

TEST(CIndex, Edges) {
  EXPECT_FALSE(WeightedCIndex({1, 1}, {1, 2}, {true, true})().has_value());
  EXPECT_DOUBLE_EQ(*WeightedCIndex({1, 1}, {2, 1}, {true, false})(), 1);
  EXPECT_FALSE(WeightedCIndex({}, {}, {})().has_value());
  EXPECT_FALSE(WeightedCIndex({1, NAN}, {1, 2}, {true, true})().has_value());
  EXPECT_FALSE(WeightedCIndex({1, 2}, {1, NAN}, {true, true})().has_value());
  EXPECT_FALSE(WeightedUnoCIndex({1, NAN}, {1, 2}, {true, true})().has_value());
}

// G(t-) by its definition for each case, O(n^2).
std::vector<double> CensoringBefore(const Data& data, const std::vector<double>& weights) {
  std::vector<double> before;
  for (const double time : data.times) {
    double survival = 1;
    for (double s = 0; s < time; ++s) {  // times are whole numbers
      double at_risk = 0, censored = 0;
      for (size_t i = 0; i < data.times.size(); ++i) {
        if (data.times[i] > s || (data.times[i] == s && !data.events[i])) at_risk += weights[i];
        if (data.times[i] == s && !data.events[i]) censored += weights[i];
      }
      if (censored > 0) survival *= 1 - censored / at_risk;
    }
    before.push_back(survival);
  }
  return before;
}

TEST(UnoCIndex, EqualsTheDefinition) {
  for (const double distinct : {3.0, 40.0}) {
    const Data data = Made(100, distinct, 31);
    const double tau = distinct * 0.8;
    const WeightedUnoCIndex uno(data.times, data.risks, data.event(), tau);
    for (const std::vector<double>& weights : {std::vector<double>(100, 1.0), data.weights}) {
      std::vector<double> factors = CensoringBefore(data, weights);
      for (size_t i = 0; i < factors.size(); ++i) factors[i] = data.times[i] < tau ? 1 / (factors[i] * factors[i]) : 0;
      EXPECT_NEAR(*uno(weights), *ByPairs(data, weights, factors).Index(), 1e-12) << distinct;
    }
  }
}

// Without censoring nothing is weighted. With censoring that grows with risk, Harrell's index moves and Uno's less so.
TEST(UnoCIndex, EqualsHarrellsWithoutCensoring) {
  Data data = Made(100, 50, 32);
  for (size_t i = 0; i < 100; ++i) data.events[i] = true;
  EXPECT_NEAR(*WeightedUnoCIndex(data.times, data.risks, data.event())(), *WeightedCIndex(data.times, data.risks, data.event())(),
              1e-13);
}

// scikit-survival 0.28's concordance_index_ipcw(survival, survival, risks), times without ties between events and censoring.
TEST(UnoCIndex, KnownValue) {
  const bool events[] = {true, false, true, true, false, true, true, false};
  const std::vector<double> times = {2, 3, 5, 7, 8, 11, 13, 14}, risks = {3, 9, 8, 5, 2, 6, 1, 4};
  EXPECT_NEAR(*WeightedUnoCIndex(times, risks, events)(), 0.668762370473862, 1e-9);
}

}  // namespace
}  // namespace asap
