#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "modules/heads/class_loss.h"
#include "modules/heads/survival_loss.h"

namespace asap {
namespace {

// The gradient that `loss` reports, against central differences.
void ExpectItsGradient(std::vector<double> z, const std::function<double(const double* z, double* gradient)>& loss) {
  std::vector<double> gradient(z.size()), unused(z.size());
  loss(z.data(), gradient.data());
  for (size_t i = 0; i < z.size(); ++i) {
    const double at = z[i], h = 1e-6;
    z[i] = at + h;
    const double above = loss(z.data(), unused.data());
    z[i] = at - h;
    const double below = loss(z.data(), unused.data());
    z[i] = at;
    EXPECT_NEAR(gradient[i], (above - below) / (2 * h), 1e-7) << i;
  }
}

const std::vector<double> kLogits = {-2, -1, 0, 0.5, -0.5, 1, -3, -3, -2, 1, 0, -1};

TEST(ClassLossTest, Binary) {
  const std::vector<double> labels = {0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 1};
  ExpectItsGradient(kLogits, [&](const double* z, double* g) { return BinaryLoss(z, labels.data(), 12, 1.0, g); });
  std::vector<double> gradient(12);
  EXPECT_NEAR(BinaryLoss(kLogits.data(), labels.data(), 12, 1.0, gradient.data()), 0.7032107, 5e-7);
  const std::vector<float> huge = {-1e4f, 1e4f, 1e4f}, truth = {0, 1, 0};
  std::vector<float> slope(3);
  EXPECT_NEAR(BinaryLoss(huge.data(), truth.data(), 3, 1.0, slope.data()), 1e4 / 3, 1e-2);
  EXPECT_FLOAT_EQ(slope[2], 1.0f / 3);
}

TEST(ClassLossTest, Softmax) {
  const std::vector<int64_t> truth = {0, 2, 1, 0};
  ExpectItsGradient(kLogits, [&](const double* z, double* g) { return SoftmaxLoss(z, truth.data(), 4, 3, g); });
  const std::vector<double> even(6, 700.0);
  std::vector<double> gradient(6);
  EXPECT_NEAR(SoftmaxLoss(even.data(), truth.data(), 2, 3, gradient.data()), std::log(3.0), 1e-12);
}

const std::vector<int64_t> kInterval = {2, 0, 2, 1};
const std::vector<bool> kEvent = {false, true, true, true};

TEST(SurvivalLossTest, AsPublished) {
  const auto loss = [](const double* z, double* g) {
    double sum = 0;
    std::fill_n(g, 12, 0.0);
    for (int b = 0; b < 4; ++b) sum += HazardLossWithFloor(z + 3 * b, kInterval[b], kEvent[b], 1e-8, 0.25, g + 3 * b);
    return sum / 4;
  };
  std::vector<double> gradient(12);
  EXPECT_NEAR(loss(kLogits.data(), gradient.data()), 1.4594814, 1e-7);
  ExpectItsGradient(kLogits, loss);
}

TEST(SurvivalLossTest, InLogarithmsIsTheSameWhereNothingSaturates) {
  const auto loss = [](const double* z, double* g) {
    double sum = 0;
    std::fill_n(g, 12, 0.0);
    for (int b = 0; b < 4; ++b) sum += HazardLoss(z + 3 * b, kInterval[b], kEvent[b], 0.25, g + 3 * b);
    return sum / 4;
  };
  ExpectItsGradient(kLogits, loss);
  std::vector<double> exact(12), floored(12);
  loss(kLogits.data(), exact.data());
  for (int b = 0; b < 4; ++b) HazardLossWithFloor(&kLogits[3 * b], kInterval[b], kEvent[b], 1e-8, 0.25, &floored[3 * b]);
  for (int i = 0; i < 12; ++i) EXPECT_NEAR(exact[i], floored[i], 1e-6);
}

TEST(SurvivalLossTest, InLogarithmsStaysExactWhereTheLogitsSaturate) {
  const std::vector<float> z = {60, 60, -60};
  std::vector<float> gradient(3, 0.0f), floored(3, 0.0f);
  EXPECT_FLOAT_EQ(HazardLoss(z.data(), 2, true, 1.0f, gradient.data()), 180);
  EXPECT_FLOAT_EQ(gradient[0], 1);
  EXPECT_FLOAT_EQ(gradient[2], -1);
  EXPECT_NEAR(HazardLossWithFloor(z.data(), 2, true, 1e-8, 1.0, floored.data()), -std::log(1e-8), 1e-4);
  EXPECT_EQ(floored[0], 0);  // the published loss has given such a case up
}

}  // namespace
}  // namespace asap
