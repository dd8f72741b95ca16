#include "core/metrics/holm.h"

#include "gtest/gtest.h"

namespace asap {
namespace {

TEST(Holm, StepsDown) {
  const std::optional<double> p[] = {0.01, 0.04, 0.03, 0.005};
  const auto adjusted = HolmAdjusted(p);
  EXPECT_DOUBLE_EQ(*adjusted[3], 0.02);
  EXPECT_DOUBLE_EQ(*adjusted[0], 0.03);
  EXPECT_DOUBLE_EQ(*adjusted[2], 0.06);
  EXPECT_DOUBLE_EQ(*adjusted[1], 0.06);  // not 0.04: never below a smaller p's
}

TEST(Holm, WithoutAPValueNothingCounts) {
  const std::optional<double> p[] = {std::nullopt, 0.6, 0.03};
  const auto adjusted = HolmAdjusted(p);
  EXPECT_FALSE(adjusted[0].has_value());
  EXPECT_DOUBLE_EQ(*adjusted[2], 0.06);
  EXPECT_DOUBLE_EQ(*adjusted[1], 0.6);
  EXPECT_TRUE(HolmAdjusted({}).empty());
}

}  // namespace
}  // namespace asap
