#include "tests/golden/heads/head_run.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros_like.h>

#include "core/base/status.h"
#include "modules/heads/head.h"

namespace asap::golden {
namespace {

template <typename T>
HeadPass LossPass(const HeadOptions& options, const at::Tensor& logits, const TargetTensors& targets) {
  HeadPass pass;
  pass.logits = logits.contiguous();
  pass.logit_gradient = at::zeros_like(pass.logits);
  pass.step = LossAndGradient<T>(options, pass.logits.template const_data_ptr<T>(), TargetsOf<T>(targets), logits.size(0),
                                 pass.logit_gradient.template mutable_data_ptr<T>());
  return pass;
}

template <typename T>
absl::StatusOr<HeadPass> Pass(const HeadOptions& options, const NamedTensors& weights, const at::Tensor& features,
                              const TargetTensors& targets) {
  ASAP_ASSIGN_OR_RETURN(std::vector<HeadLayer<T>> layers, LayersOf<T>(options, weights));
  const at::Tensor x = features.contiguous();
  HeadStepper<T> head(options, std::move(layers));
  at::Tensor logits = at::empty({x.size(0), options.outputs}, x.options());
  head.Project(x.template const_data_ptr<T>(), x.size(0), logits.template mutable_data_ptr<T>());
  HeadPass pass = LossPass<T>(options, logits, targets);
  pass.step = head.Backward(x.template const_data_ptr<T>(), x.size(0), TargetsOf<T>(targets), /*dropout_key=*/nullptr);
  pass.gradients = TensorsOf(options, head.gradients());
  return pass;
}

}  // namespace

TargetTensors Typed(const at::Tensor& labels, const at::Tensor& classes, const at::Tensor& events, at::ScalarType type) {
  const auto as = [](const at::Tensor& tensor, at::ScalarType wanted) {
    return tensor.defined() ? tensor.to(wanted).contiguous() : tensor;
  };
  return {.labels = as(labels, type), .classes = as(classes, at::kLong), .events = as(events, at::kLong)};
}

absl::StatusOr<HeadPass> RunHead(const HeadOptions& options, const NamedTensors& weights, const at::Tensor& features,
                                 const TargetTensors& targets, at::ScalarType type) {
  return type == at::kDouble ? Pass<double>(options, weights, features, targets)
                             : Pass<float>(options, weights, features, targets);
}

HeadPass RunLoss(const HeadOptions& options, const at::Tensor& logits, const TargetTensors& targets, at::ScalarType type) {
  return type == at::kDouble ? LossPass<double>(options, logits, targets) : LossPass<float>(options, logits, targets);
}

}  // namespace asap::golden
