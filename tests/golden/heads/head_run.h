// One pass of a head over a fixture's batch, in either precision.
#ifndef ASAP_TESTS_GOLDEN_HEADS_HEAD_RUN_H_
#define ASAP_TESTS_GOLDEN_HEADS_HEAD_RUN_H_

#include <ATen/core/TensorBody.h>

#include "absl/status/statusor.h"
#include "core/io/tensor.h"
#include "modules/heads/head_options.h"
#include "modules/heads/head_step.h"

namespace asap::golden {

// The fixture's targets in the types that heads read: undefined where a loss does not read them.
struct TargetTensors {
  at::Tensor labels, classes, events;
};

template <typename T>
HeadTargets<T> TargetsOf(const TargetTensors& targets) {
  return {.labels = targets.labels.defined() ? targets.labels.template const_data_ptr<T>() : nullptr,
          .classes = targets.classes.defined() ? targets.classes.const_data_ptr<int64_t>() : nullptr,
          .events = targets.events.defined() ? targets.events.const_data_ptr<int64_t>() : nullptr};
}

// `labels` as numbers of the type, the others as int64; each may be undefined.
TargetTensors Typed(const at::Tensor& labels, const at::Tensor& classes, const at::Tensor& events, at::ScalarType type);

struct HeadPass {
  at::Tensor logits, logit_gradient;  // [B, K]
  HeadStep step;
  NamedTensors gradients;
};

// `features` [B, C] and `targets` are of `type`.
absl::StatusOr<HeadPass> RunHead(const HeadOptions& options, const NamedTensors& weights, const at::Tensor& features,
                                 const TargetTensors& targets, at::ScalarType type);

// The losses of logits [B, K] of `type`.
HeadPass RunLoss(const HeadOptions& options, const at::Tensor& logits, const TargetTensors& targets, at::ScalarType type);

}  // namespace asap::golden

#endif  // ASAP_TESTS_GOLDEN_HEADS_HEAD_RUN_H_
