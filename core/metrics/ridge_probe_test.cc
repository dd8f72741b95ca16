#include "core/metrics/ridge_probe.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include "gtest/gtest.h"

namespace asap {
namespace {

TEST(RidgeProbe, FindsALinearLabelAndNotNoise) {
  at::manual_seed(3);
  const at::Tensor weights = at::randn({8, 1}, at::kDouble);
  const at::Tensor train = at::randn({300, 8}, at::kDouble) * 3 + 5, test = at::randn({100, 8}, at::kDouble) * 3 + 5;
  // The second label is noise, on a scale that would drown the first if one penalty served both.
  const at::Tensor labels = at::cat({train.matmul(weights), 1e3 * at::randn({300, 1}, at::kDouble)}, 1);
  const at::Tensor scores = RidgeProbe(train, labels, test);
  ASSERT_EQ(scores.sizes(), (at::IntArrayRef{100, 2}));
  EXPECT_LT((scores.select(1, 0) - test.matmul(weights).squeeze(1)).abs().max().item<double>(), 0.5);
  EXPECT_LT(scores.select(1, 1).std().item<double>(), 300) << "the penalty does not hold noise back";
}

TEST(RidgeProbe, StandsConstantFeatures) {
  at::manual_seed(4);
  at::Tensor train = at::randn({20, 30}), test = at::randn({5, 30});
  train.select(1, 2).fill_(1.5);
  test.select(1, 2).fill_(1.5);
  EXPECT_TRUE(RidgeProbe(train, at::randint(0, 2, {20, 3}), test).isfinite().all().item<bool>());
}

}  // namespace
}  // namespace asap
