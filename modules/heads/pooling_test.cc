#include "modules/heads/pooling.h"

#include <ATen/ops/arange.h>
#include <gtest/gtest.h>

#include <cmath>

namespace asap {
namespace {

TEST(PoolingTest, MeanLeavesTheClassTokenOutAndIsNormalised) {
  const at::Tensor x = at::arange(2 * 3 * 4, at::kDouble).square().reshape({2, 3, 4});
  const at::Tensor feature = MeanPatchFeature(x), token = ClassTokenFeature(x);
  for (int64_t b = 0; b < 2; ++b) {
    double pooled[4], mean = 0, variance = 0;
    for (int64_t c = 0; c < 4; ++c) pooled[c] = (x[b][1][c].item<double>() + x[b][2][c].item<double>()) / 2;
    for (const double value : pooled) mean += value / 4;
    for (const double value : pooled) variance += (value - mean) * (value - mean) / 4;
    for (int64_t c = 0; c < 4; ++c) {
      EXPECT_NEAR(feature[b][c].item<double>(), (pooled[c] - mean) / std::sqrt(variance + 1e-6), 1e-12);
    }
  }
  EXPECT_TRUE(token.equal(NormalisedFeature(x.select(1, 0))));
  EXPECT_NEAR(token.mean().item<double>(), 0, 1e-12);
}

}  // namespace
}  // namespace asap
