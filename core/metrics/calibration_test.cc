#include "core/metrics/calibration.h"

#include <cmath>
#include <memory>

#include "core/base/random.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

TEST(Calibration, EdgesGoWhereTheyShould) {
  const bool labels[] = {true, false, true, false};
  const std::vector<double> p = {0.0, 0.5, 0.7, 1.0};
  const auto upper = WeightedCalibration(p, labels, 10).Bins();
  ASSERT_EQ(upper.size(), 4u);
  EXPECT_EQ(upper[0].index, 0);
  EXPECT_EQ(upper[1].index, 4);
  EXPECT_EQ(upper[2].index, 6);
  EXPECT_EQ(upper[3].index, 9);
  const auto lower = WeightedCalibration(p, labels, 10, BinEdges::kLowerClosed).Bins();
  ASSERT_EQ(lower.size(), 4u);
  EXPECT_EQ(lower[0].index, 0);
  EXPECT_EQ(lower[1].index, 5);
  EXPECT_EQ(lower[3].index, 10);
}

TEST(Calibration, Errors) {
  // (0, 0.5]: mean 0.3, half positive; (0.5, 1]: mean 0.8, all positive.
  const bool labels[] = {true, false, true};
  const WeightedCalibration calibration({0.2, 0.4, 0.8}, labels, 2);
  EXPECT_NEAR(*calibration.ExpectedError(), (2 * 0.2 + 0.2) / 3, 1e-15);
  EXPECT_NEAR(*calibration.MaximumError(), 0.2, 1e-15);
  EXPECT_NEAR(*calibration({1, 0, 0}), 0.8, 1e-15);
  EXPECT_FALSE(calibration({0, 0, 0}).has_value());
  EXPECT_FALSE(WeightedCalibration({1.5}, {true})().has_value());
  EXPECT_FALSE(WeightedCalibration({NAN}, {true})().has_value());
  EXPECT_FALSE(WeightedCalibration({}, {})().has_value());
}

TEST(Calibration, HonestProbabilitiesHaveSmallErrors) {
  CounterRng rng(3);
  constexpr size_t kCases = 20000;
  std::vector<double> p(kCases), bold(kCases);
  auto labels = std::make_unique<bool[]>(kCases);
  for (size_t i = 0; i < kCases; ++i) {
    p[i] = rng.Uniform();
    labels[i] = rng.Bernoulli(p[i]);
    bold[i] = p[i] > 0.5 ? 0.99 : 0.01;
  }
  const absl::Span<const bool> positive(labels.get(), kCases);
  EXPECT_LT(*WeightedCalibration(p, positive)(), 0.03);
  EXPECT_GT(*WeightedCalibration(bold, positive)(), 0.2);
  EXPECT_LT(*WeightedBrier(p, positive)(), *WeightedBrier(bold, positive)());
}

TEST(Brier, ClosedForms) {
  EXPECT_DOUBLE_EQ(*WeightedBrier({0.5, 1, 0}, {true, true, true})(), 1.25 / 3);
  EXPECT_DOUBLE_EQ(*WeightedBrier({0.5, 1, 0}, {true, true, true})({0, 1, 3}), 0.75);
  const int labels[] = {0, 2};
  EXPECT_DOUBLE_EQ(*WeightedBrier({0.5, 0.25, 0.25, 0, 0, 1}, labels, 3)(), 0.375 / 2);
  EXPECT_FALSE(WeightedBrier({NAN}, {true})().has_value());
  EXPECT_FALSE(WeightedBrier({}, absl::Span<const bool>())().has_value());
}

}  // namespace
}  // namespace asap
