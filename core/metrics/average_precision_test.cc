#include "core/metrics/average_precision.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include "core/base/random.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

// From the definition: at each distinct score, recall gained times precision, over all cases again.
double ByDefinition(const std::vector<double>& scores, const bool* positive, const std::vector<double>& weights) {
  std::vector<double> thresholds = scores;
  std::sort(thresholds.begin(), thresholds.end(), std::greater<double>());
  double area = 0, recall = 0, all = 0;
  for (size_t i = 0; i < scores.size(); ++i) all += positive[i] ? weights[i] : 0;
  for (const double threshold : thresholds) {
    double found = 0, chosen = 0;
    for (size_t i = 0; i < scores.size(); ++i) {
      if (scores[i] < threshold) continue;
      chosen += weights[i];
      found += positive[i] ? weights[i] : 0;
    }
    if (chosen == 0) continue;
    area += (found / all - recall) * found / chosen;
    recall = found / all;
  }
  return area;
}

TEST(AveragePrecision, EqualsTheDefinition) {
  CounterRng rng(2);
  constexpr size_t kCases = 80;
  std::vector<double> scores(kCases), weights(kCases), ones(kCases, 1.0);
  auto labels = std::make_unique<bool[]>(kCases);
  for (size_t i = 0; i < kCases; ++i) {
    labels[i] = rng.Bernoulli(0.3);
    scores[i] = std::floor(rng.Uniform(0, 20)) + 3 * labels[i];
    weights[i] = static_cast<double>(rng.UniformInt(0, 3));
  }
  const WeightedAveragePrecision precision(scores, absl::MakeConstSpan(labels.get(), kCases));
  EXPECT_NEAR(*precision(), ByDefinition(scores, labels.get(), ones), 1e-13);
  EXPECT_NEAR(*precision(weights), ByDefinition(scores, labels.get(), weights), 1e-13);
}

TEST(AveragePrecision, Edges) {
  EXPECT_DOUBLE_EQ(*WeightedAveragePrecision({1, 2, 3}, {true, true, true})(), 1);
  EXPECT_DOUBLE_EQ(*WeightedAveragePrecision({5, 5, 5, 5}, {true, false, false, false})(), 0.25);
  EXPECT_FALSE(WeightedAveragePrecision({1, 2}, {false, false})().has_value());
  EXPECT_FALSE(WeightedAveragePrecision({1, NAN}, {true, false})().has_value());
  EXPECT_FALSE(WeightedAveragePrecision({1, 2}, {true, false})({0, 1}).has_value());
  EXPECT_DOUBLE_EQ(*WeightedAveragePrecision({1, 2, 3, 4}, {true, false, true, false})({1, 1, 0, 0}),
                   0.5);  // the highest weigh nothing
}

}  // namespace
}  // namespace asap
