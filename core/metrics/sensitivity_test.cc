#include "core/metrics/sensitivity.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"

namespace asap {
namespace {

double At(double specificity, absl::Span<const double> weights = {}) {
  // From the top: P, N, P, P, N, tied (P, N), N, N, N ... ten negatives in all, four positives.
  static const std::vector<double> scores = {20, 19, 18, 17, 16, 15, 15, 14, 13, 12, 11, 10, 9, 8};
  static const bool positive[] = {true, false, true, true, false, true, false, false, false, false, false, false, false, false};
  return *WeightedSensitivityAtSpecificity(scores, positive, specificity)(weights);
}

TEST(Sensitivity, IsThatOfTheBestThreshold) {
  EXPECT_DOUBLE_EQ(At(1.0), 0.25);
  EXPECT_DOUBLE_EQ(At(0.95), 0.25);
  EXPECT_DOUBLE_EQ(At(0.9), 0.75);  // exactly one false alarm of ten
  EXPECT_DOUBLE_EQ(At(0.8), 0.75);  // the tied pair is a third
  EXPECT_DOUBLE_EQ(At(0.7), 1.0);
}

TEST(Sensitivity, WeightsAreCopies) {
  std::vector<double> weights(14, 1.0);
  weights[0] = 3;  // six positives now
  weights[1] = 0;  // nine negatives
  EXPECT_DOUBLE_EQ(At(1.0, weights), 5.0 / 6);
}

TEST(Sensitivity, Edges) {
  EXPECT_DOUBLE_EQ(*WeightedSensitivityAtSpecificity({1, 2}, {true, false}, 0.9)(), 0);
  EXPECT_FALSE(WeightedSensitivityAtSpecificity({1, 2}, {true, true}, 0.9)().has_value());
  EXPECT_FALSE(WeightedSensitivityAtSpecificity({1, NAN}, {true, false}, 0.9)().has_value());
}

}  // namespace
}  // namespace asap
