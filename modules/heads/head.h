// Heads as they go in and out: tensors under their published names, and the scores that their logits stand for.
#ifndef ASAP_MODULES_HEADS_HEAD_H_
#define ASAP_MODULES_HEADS_HEAD_H_

#include <ATen/core/TensorBody.h>

#include <vector>

#include "absl/status/statusor.h"
#include "core/io/tensor.h"
#include "modules/heads/head_options.h"
#include "modules/heads/head_step.h"

namespace asap {

// NAME.weight [out, in] and NAME.bias [out] of each layer.
template <typename T>
NamedTensors TensorsOf(const HeadOptions& options, const std::vector<HeadLayer<T>>& layers);

// The reverse. InvalidArgument, naming the tensor, for one that is missing or of another shape.
template <typename T>
absl::StatusOr<std::vector<HeadLayer<T>>> LayersOf(const HeadOptions& options, const NamedTensors& weights);

// Logits [M, K] float32 of features [M, C] by a head's weights. InvalidArgument for another width, or weights that do not fit.
absl::StatusOr<at::Tensor> HeadLogits(const HeadOptions& options, const NamedTensors& weights, const at::Tensor& features);

// From logits [M, K] of SurvivalHead: the probability [M, K] of an event by the end of each interval, and a risk [M] that orders
// patients. As published, sigmoids and the sum of the logits; otherwise 1 - S_j, and its sum over j, which is the expected number
// of intervals lost.
at::Tensor HorizonRisks(const at::Tensor& logits, bool as_published);
at::Tensor SurvivalRisk(const at::Tensor& logits, bool as_published);

}  // namespace asap

#endif  // ASAP_MODULES_HEADS_HEAD_H_
