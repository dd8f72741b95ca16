#include "core/testing/encoder/encoder_conformance.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/testing/encoder/synthetic_volumes.h"

namespace asap {
namespace {

using Volume = std::array<int64_t, 3>;

void CheckSpec(const EncoderSpec& spec) {
  EXPECT_FALSE(spec.name.empty());
  EXPECT_GT(spec.width, 0);
  EXPECT_GT(spec.depth, 0);
  EXPECT_LT(spec.hu_min, spec.hu_max);
  for (int axis = 0; axis < 3; ++axis) {
    ASSERT_GT(spec.patch[axis], 0);
    EXPECT_EQ(spec.volume[axis] % spec.patch[axis], 0) << "axis " << axis;
    EXPECT_GT(spec.spacing_mm[axis], 0);
  }
}

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

void CheckTokens(Encoder& encoder) {
  const EncoderSpec& spec = encoder.spec();
  const at::Tensor volumes = SyntheticVolumes(spec, 2);
  const EncodeOptions options = {.intermediate_blocks = {spec.depth - 1, 0}};
  const at::NoGradGuard no_grad;
  const auto both = encoder.Encode(volumes, options);
  ASSERT_TRUE(both.ok()) << both.status();
  CheckShapes(spec, *both, 2);
  EXPECT_FALSE(both->patch_tokens.requires_grad()) << "a graph that nobody wants";
  encoder.SetTraining(true);
  const auto training = encoder.Encode(volumes, options);
  ASSERT_TRUE(training.ok()) << training.status();
  CheckShapes(spec, *training, 2);
  encoder.SetTraining(false);
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
}

// What a few steps lower: the distance of all tokens from one.
at::Tensor Loss(const EncoderOutput& output) {
  return (output.patch_tokens - 1).square().mean() + (output.class_token - 1).square().mean();
}

void CheckTraining(Encoder& encoder, Encoder& bystander) {
  std::set<std::string> names;
  const NamedTensors parameters = encoder.Parameters();
  ASSERT_FALSE(parameters.empty());
  for (const NamedTensor& parameter : parameters) {
    EXPECT_FALSE(parameter.name.empty());
    EXPECT_TRUE(names.insert(parameter.name).second) << parameter.name << " twice";
    EXPECT_TRUE(parameter.tensor.is_leaf() && parameter.tensor.requires_grad()) << parameter.name;
  }
  const at::Tensor volumes = SyntheticVolumes(encoder.spec(), 2).set_requires_grad(true);
  double first = 0, last = 0;
  for (int step = 0; step < 5; ++step) {
    const auto output = encoder.Encode(volumes, {});
    ASSERT_TRUE(output.ok()) << output.status();
    const at::Tensor loss = Loss(*output);
    last = loss.item<double>();
    if (step == 0) first = last;
    loss.backward();
    const at::NoGradGuard no_grad;
    double squares = 0;
    for (const NamedTensor& parameter : parameters) {
      if (parameter.tensor.grad().defined()) squares += parameter.tensor.grad().square().sum().item<double>();
    }
    ASSERT_TRUE(std::isfinite(squares) && squares > 0) << "gradients of squared norm " << squares;
    for (const NamedTensor& parameter : parameters) {
      at::Tensor& gradient = parameter.tensor.mutable_grad();
      if (!gradient.defined()) continue;
      at::Tensor weight = parameter.tensor;
      weight.sub_(gradient, 0.02 / std::sqrt(squares));
      gradient.reset();
    }
  }
  EXPECT_LT(last, first) << "steps against the gradient do not lower the loss: are the parameters the network's own?";
  ASSERT_TRUE(volumes.grad().defined()) << "no gradient reaches the volume";
  EXPECT_TRUE(volumes.grad().isfinite().all().item<bool>());

  const at::NoGradGuard no_grad;
  const auto untouched = bystander.Encode(volumes, {});
  ASSERT_TRUE(untouched.ok()) << untouched.status();
  EXPECT_EQ(Loss(*untouched).item<double>(), first) << "two networks share weights";
}

void CheckAnotherGrid(const std::string& name, EncoderOptions options, Encoder& encoder) {
  Volume volume = encoder.spec().volume;
  volume[0] += encoder.spec().patch[0];
  volume[2] += 2 * encoder.spec().patch[2];
  options.parameters["volume"] = absl::StrJoin(volume, "x");
  const auto other = LoadEncoder(name, options);
  ASSERT_TRUE(other.ok()) << other.status();
  const EncoderSpec& spec = (*other)->spec();
  EXPECT_EQ(spec.volume, volume);
  EXPECT_EQ(spec.width, encoder.spec().width);
  const at::NoGradGuard no_grad;
  const auto output = (*other)->Encode(SyntheticVolumes(spec, 1), {.intermediate_blocks = {spec.depth - 1, 0}});
  ASSERT_TRUE(output.ok()) << output.status();
  CheckShapes(spec, *output, 1);
  std::map<std::string, at::Tensor> weights;
  for (const NamedTensor& parameter : encoder.Parameters()) weights.emplace(parameter.name, parameter.tensor);
  for (const NamedTensor& parameter : (*other)->Parameters()) {
    ASSERT_EQ(weights.count(parameter.name), 1) << parameter.name << " is there for this volume alone";
    const at::Tensor& weight = weights.at(parameter.name);
    if (weight.sizes() != parameter.tensor.sizes()) continue;  // a table of positions that is learnt
    EXPECT_TRUE(at::equal(weight, parameter.tensor)) << parameter.name << " is another weight";
  }
  if (spec.patch[0] > 1) {
    ++volume[0];
    options.parameters["volume"] = absl::StrJoin(volume, "x");
    EXPECT_EQ(LoadEncoder(name, options).status().code(), absl::StatusCode::kInvalidArgument) << options.parameters["volume"];
  }
}

}  // namespace

void CheckEncoder(const std::string& name, const EncoderOptions& options) {
  const auto encoder = LoadEncoder(name, options), bystander = LoadEncoder(name, options), pristine = LoadEncoder(name, options);
  ASSERT_TRUE(encoder.ok()) << encoder.status();
  ASSERT_TRUE(bystander.ok() && pristine.ok());
  CheckSpec((*encoder)->spec());
  if (testing::Test::HasFatalFailure()) return;
  CheckTokens(**encoder);
  CheckTraining(**encoder, **bystander);
  CheckAnotherGrid(name, options, **pristine);
}

}  // namespace asap
