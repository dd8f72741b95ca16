#include "core/testing/model/conformance.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>

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

absl::StatusOr<at::Tensor> Total(TrainableModel& model, const Batch& batch) {
  absl::StatusOr<std::vector<LossTerm>> terms = model.Forward(batch);
  if (!terms.ok()) return terms.status();
  at::Tensor total;
  for (const LossTerm& term : *terms) {
    EXPECT_FALSE(term.name.empty());
    EXPECT_EQ(term.value.dim(), 0) << term.name;
    EXPECT_TRUE(term.value.isfinite().item<bool>()) << term.name;
    EXPECT_TRUE(term.value.requires_grad()) << term.name << " has no graph";
    total = total.defined() ? total + term.value : term.value;
  }
  EXPECT_FALSE(terms->empty());
  return total;
}

// Forward and backward work, and leave finite gradients.
void CheckPass(TrainableModel& model, const Batch& batch, const char* what) {
  const absl::StatusOr<at::Tensor> total = Total(model, batch);
  ASSERT_TRUE(total.ok()) << what << ": " << total.status();
  total->backward();
  for (const NamedTensor& parameter : model.Parameters()) {
    at::Tensor& gradient = parameter.tensor.mutable_grad();
    if (gradient.defined()) {
      EXPECT_TRUE(gradient.isfinite().all().item<bool>()) << what << ": " << parameter.name;
    }
    gradient.reset();
  }
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

  const at::Tensor volumes = SyntheticBatch(spec, {.cases = 2}).volumes;
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

void CheckLoss(const std::function<absl::StatusOr<std::unique_ptr<TrainableModel>>()>& make, const EncoderSpec& spec,
               const SyntheticBatchOptions& text) {
  absl::StatusOr<std::unique_ptr<TrainableModel>> made = make();
  ASSERT_TRUE(made.ok()) << made.status();
  TrainableModel& model = **made;
  std::set<std::string> names;
  const NamedTensors parameters = model.Parameters();
  EXPECT_FALSE(parameters.empty());
  for (const NamedTensor& parameter : parameters) {
    EXPECT_TRUE(names.insert(parameter.name).second) << parameter.name << " twice";
    EXPECT_TRUE(parameter.tensor.is_leaf() && parameter.tensor.requires_grad()) << parameter.name;
  }

  SyntheticBatchOptions options = text;
  const Batch batch = SyntheticBatch(spec, options);
  model.SetTraining(false);
  const absl::StatusOr<at::Tensor> first = Total(model, batch), second = Total(model, batch);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(first->item<double>(), second->item<double>()) << "two passes differ";

  model.SetTraining(true);
  CheckPass(model, SliceBatch(batch, 0, 1), "a batch of one");
  options.masks = false;
  CheckPass(model, SyntheticBatch(spec, options), "cases without a mask");
  options = text;
  options.sentences = {0};
  CheckPass(model, SyntheticBatch(spec, options), "reports without a sentence");
  options.sentences = {0, 2};
  CheckPass(model, SyntheticBatch(spec, options), "one report without a sentence");

  // Small steps against the gradient, without dropout, so that nothing but the loss is at work.
  model.SetTraining(false);
  double value = first->item<double>();
  const double start = value;
  for (int step = 0; step < 5; ++step) {
    const absl::StatusOr<at::Tensor> total = Total(model, batch);
    ASSERT_TRUE(total.ok()) << total.status();
    value = total->item<double>();
    total->backward();
    const at::NoGradGuard no_grad;
    double squares = 0;
    for (const NamedTensor& parameter : parameters) {
      if (parameter.tensor.grad().defined()) squares += parameter.tensor.grad().square().sum().item<double>();
    }
    ASSERT_GT(squares, 0) << "no parameter has a gradient";
    for (const NamedTensor& parameter : parameters) {
      at::Tensor& gradient = parameter.tensor.mutable_grad();
      if (!gradient.defined()) continue;
      at::Tensor weight = parameter.tensor;
      weight.sub_(gradient, 0.02 / std::sqrt(squares));
      gradient.reset();
    }
  }
  EXPECT_LT(value, start) << "steps against the gradient do not lower the loss";
}

}  // namespace asap
