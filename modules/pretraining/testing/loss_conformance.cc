#include "modules/pretraining/testing/loss_conformance.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

namespace asap {
namespace {

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
