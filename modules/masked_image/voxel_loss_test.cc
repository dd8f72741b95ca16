#include "modules/masked_image/voxel_loss.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace asap {
namespace {

constexpr int64_t kPatches = 12, kHidden = 9, kVoxels = 8;

struct Sample {
  at::Tensor predicted, target;
};

Sample MakeSample() {
  at::manual_seed(2);
  return {at::randn({2, kHidden, kVoxels}, at::kDouble), at::randn({2, kHidden, kVoxels}, at::kDouble)};
}

TEST(VoxelLossTest, MaskedVoxelsMeanDividesByHiddenVoxels) {
  const Sample s = MakeSample();
  const double mean = VoxelLoss(s.predicted, s.target, kPatches, {.norm_pix_loss = false}).item<double>();
  EXPECT_NEAR(mean, (s.predicted - s.target).square().mean().item<double>(), 1e-12);
  const double published =
      VoxelLoss(s.predicted, s.target, kPatches, {.norm_pix_loss = false, .masked_voxels_mean = false}).item<double>();
  EXPECT_NEAR(published, mean * kHidden / kPatches, 1e-12) << "published: visible voxels count as errors of zero";
}

TEST(VoxelLossTest, NormPixLossComparesNormalisedPatches) {
  const Sample s = MakeSample();
  const at::Tensor loss = VoxelLoss(s.predicted, s.target, kPatches, {});
  EXPECT_TRUE(at::allclose(loss, VoxelLoss(s.predicted, 3 * s.target + 7, kPatches, {}), 1e-4))
      << "brightness and contrast drop out";
  EXPECT_FALSE(at::allclose(loss, VoxelLoss(s.predicted, s.target, kPatches, {.norm_pix_loss = false}), 1e-3));
  const at::Tensor flat = VoxelLoss(s.predicted, at::ones_like(s.target), kPatches, {});
  EXPECT_TRUE(at::allclose(flat, s.predicted.square().mean())) << "a constant patch has the target zero";
}

TEST(VoxelLossTest, GradientIsThatOfTheSameSumInOnePiece) {
  at::manual_seed(4);
  const at::Tensor target = at::randn({3, 300, kVoxels}, at::kDouble).requires_grad_();  // of several pieces, the last a part
  for (const bool normalise : {false, true}) {
    const at::Tensor predicted = at::randn_like(target.detach()).requires_grad_();
    const at::Tensor loss = VoxelLoss(predicted, target, 400, {.norm_pix_loss = normalise});
    (3 * loss).backward();
    const at::Tensor found = predicted.grad().clone(), found_of_target = target.grad().clone();
    predicted.mutable_grad() = target.mutable_grad() = at::Tensor();
    const at::Tensor deviation = (target.var(-1, /*unbiased=*/true, /*keepdim=*/true) + 1e-6).sqrt();
    const at::Tensor wanted = normalise ? (target - target.mean(-1, /*keepdim=*/true)) / deviation : target;
    const at::Tensor expected = (predicted - wanted).square().mean();
    (3 * expected).backward();
    EXPECT_NEAR(loss.item<double>(), expected.item<double>(), 1e-12);
    EXPECT_TRUE(at::allclose(found, predicted.grad(), 1e-10, 1e-14));
    EXPECT_TRUE(at::allclose(found_of_target, target.grad(), 1e-8, 1e-12));
    target.mutable_grad() = at::Tensor();
  }
}

TEST(VoxelLossTest, TakesPredictionsOfAutocast) {
  at::manual_seed(5);
  const at::Tensor target = at::randn({1, 40, kVoxels});
  const at::Tensor predicted = at::randn_like(target).to(at::kBFloat16).requires_grad_();
  const at::Tensor loss = VoxelLoss(predicted, target, 50, {.norm_pix_loss = false});
  EXPECT_EQ(loss.scalar_type(), at::kFloat);
  loss.backward();
  const at::Tensor wide = predicted.detach().to(at::kFloat);
  EXPECT_NEAR(loss.item<double>(), (wide - target).square().mean().item<double>(), 1e-6);
  EXPECT_TRUE(at::equal(predicted.grad(), ((wide - target) * (2.0 / target.numel())).to(at::kBFloat16)));
}

}  // namespace
}  // namespace asap
