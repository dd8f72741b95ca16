#include "core/metrics/distributions.h"

#include <cmath>

#include "gtest/gtest.h"

namespace asap {
namespace {

TEST(Distributions, Normal) {
  EXPECT_NEAR(NormalQuantile(0.975), 1.959963984540054, 1e-14);
  EXPECT_NEAR(NormalQuantile(0.025), -1.959963984540054, 1e-14);
  EXPECT_NEAR(NormalQuantile(1e-12), -7.034483825301131, 1e-11);
  EXPECT_NEAR(NormalQuantile(0.5), 0, 1e-15);
  EXPECT_TRUE(std::isinf(NormalQuantile(0)));
  EXPECT_NEAR(NormalCdf(1.96), 0.9750021048517795, 1e-15);
  EXPECT_NEAR(NormalTwoSidedP(-4.553671289166948) / 5.2717708955998595e-06, 1, 1e-12);
}

TEST(Distributions, ChiSquared) {
  EXPECT_NEAR(ChiSquaredUpperTail(3.841458820694124, 1), 0.05, 1e-14);
  EXPECT_NEAR(ChiSquaredUpperTail(9.487729036781154, 4), 0.05, 1e-14);
  EXPECT_NEAR(ChiSquaredUpperTail(2, 2), std::exp(-1), 1e-14);
  EXPECT_NEAR(ChiSquaredUpperTail(60, 2) / std::exp(-30), 1, 1e-12);
  EXPECT_NEAR(ChiSquaredUpperTail(0.01, 10), 1, 1e-12);
  EXPECT_EQ(ChiSquaredUpperTail(0, 3), 1);
  for (const double z : {0.3, 1.0, 2.5, 5.0}) EXPECT_NEAR(ChiSquaredUpperTail(z * z, 1) / NormalTwoSidedP(z), 1, 1e-11);
}

}  // namespace
}  // namespace asap
