#include "core/metrics/weighted_mean.h"

#include <cmath>

#include "gtest/gtest.h"

namespace asap {
namespace {

TEST(WeightedMean, WeightsAreCopies) {
  EXPECT_DOUBLE_EQ(*WeightedMean({1, 2, 6}, {}), 3);
  EXPECT_DOUBLE_EQ(*WeightedMean({1, 2, 6}, {3, 0, 1}), 2.25);
  EXPECT_FALSE(WeightedMean({1, 2}, {0, 0}).has_value());
  EXPECT_FALSE(WeightedMean({}, {}).has_value());
  EXPECT_FALSE(WeightedMean({1, NAN}, {}).has_value());
  EXPECT_DOUBLE_EQ(*WeightedMean({1, NAN}, {1, 0}), 1);  // not drawn
}

TEST(WeightedCaseMean, CasesWithoutAValueAreLeftOutAndCounted) {
  const std::optional<double> values[] = {0.5, std::nullopt, 1.0};
  const WeightedCaseMean mean(values);
  EXPECT_DOUBLE_EQ(*mean(), 0.75);
  EXPECT_DOUBLE_EQ(*mean({1, 5, 3}), 0.875);
  EXPECT_FALSE(mean({0, 1, 0}).has_value());
  EXPECT_EQ(mean.undefined(), 1);
}

}  // namespace
}  // namespace asap
