#include "core/testing/model/conformance.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include <vector>

#include "core/testing/model/synthetic_volumes.h"

namespace asap {
namespace {

void CheckShapes(const EncoderSpec& spec, const EncoderOutput& output, int64_t batch) {
  EXPECT_EQ(output.class_token.sizes().vec(), (std::vector<int64_t>{batch, spec.width}));
  EXPECT_EQ(output.patch_tokens.sizes().vec(), (std::vector<int64_t>{batch, spec.patches(), spec.width}));
  ASSERT_EQ(output.intermediates.size(), 2u);
  for (const at::Tensor& state : output.intermediates) {
    EXPECT_EQ(state.sizes().vec(), (std::vector<int64_t>{batch, 1 + spec.patches(), spec.width}));
    EXPECT_TRUE(state.isfinite().all().item<bool>());
  }
  EXPECT_TRUE(output.class_token.isfinite().all().item<bool>());
  EXPECT_TRUE(output.patch_tokens.isfinite().all().item<bool>());
}

}  // namespace

void CheckEncoder(const std::function<absl::StatusOr<std::unique_ptr<Encoder>>()>& make) {
  absl::StatusOr<std::unique_ptr<Encoder>> made = make();
  ASSERT_TRUE(made.ok()) << made.status();
  Encoder& encoder = **made;
  const EncoderSpec spec = encoder.spec();
  EXPECT_FALSE(spec.name.empty());
  EXPECT_GT(spec.width, 0);
  EXPECT_GT(spec.depth, 0);
  EXPECT_LT(spec.hu_min, spec.hu_max);
  for (int axis = 0; axis < 3; ++axis) {
    EXPECT_GT(spec.patch[axis], 0);
    EXPECT_EQ(spec.volume[axis] % spec.patch[axis], 0) << "axis " << axis;
    EXPECT_GT(spec.spacing_mm[axis], 0);
  }

  const at::Tensor volumes = SyntheticVolumes(spec, /*cases=*/2);
  const EncodeOptions options = {.intermediate_blocks = {spec.depth - 1, 0}};
  const at::NoGradGuard no_grad;
  const auto both = encoder.Encode(volumes, options);
  ASSERT_TRUE(both.ok()) << both.status();
  CheckShapes(spec, *both, 2);
  const auto again = encoder.Encode(volumes, options);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(at::equal(both->patch_tokens, again->patch_tokens)) << "two calls differ";
  EXPECT_TRUE(at::equal(both->class_token, again->class_token)) << "two calls differ";
  const auto alone = encoder.Encode(volumes.slice(0, 1, 2), options);
  ASSERT_TRUE(alone.ok()) << alone.status();
  CheckShapes(spec, *alone, 1);
  EXPECT_TRUE(at::allclose(alone->patch_tokens[0], both->patch_tokens[1], 1e-4, 1e-5)) << "a case depends on its batch";
  EXPECT_FALSE(at::allclose(both->patch_tokens[0], both->patch_tokens[1], 1e-4, 1e-5)) << "the volume does not matter";
  if (spec.depth > 1) {
    EXPECT_FALSE(at::equal(both->intermediates[0], both->intermediates[1])) << "intermediates are the same block";
  }

  EXPECT_FALSE(encoder.Encode(volumes.squeeze(1), options).ok()) << "an axis less";
  EXPECT_FALSE(encoder.Encode(volumes.slice(2, 0, spec.volume[0] - 1), options).ok()) << "a voxel less";
  EXPECT_FALSE(encoder.Encode(at::Tensor(), options).ok()) << "undefined";
  EXPECT_FALSE(encoder.Encode(volumes, {.intermediate_blocks = {spec.depth}}).ok()) << "a block beyond the last";

  const at::AutoGradMode with_graph(true);
  const at::Tensor leaf = volumes.clone().set_requires_grad(true);
  const auto traced = encoder.Encode(leaf, {});
  ASSERT_TRUE(traced.ok()) << traced.status();
  (traced->patch_tokens.square().mean() + traced->class_token.square().mean()).backward();
  ASSERT_TRUE(leaf.grad().defined());
  EXPECT_TRUE(leaf.grad().isfinite().all().item<bool>());
}

}  // namespace asap
