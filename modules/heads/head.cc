#include "modules/heads/head.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/log_sigmoid.h>

#include <algorithm>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status.h"

namespace asap {
namespace {

template <typename T>
constexpr at::ScalarType kType = std::is_same_v<T, float> ? at::kFloat : at::kDouble;

template <typename T>
at::Tensor Copied(const std::vector<T>& values, at::IntArrayRef shape) {
  at::Tensor tensor = at::empty(shape, kType<T>);
  std::copy(values.begin(), values.end(), tensor.mutable_data_ptr<T>());
  return tensor;
}

template <typename T>
absl::StatusOr<std::vector<T>> Read(const NamedTensors& weights, const std::string& name, const std::vector<int64_t>& shape) {
  for (const NamedTensor& named : weights) {
    if (named.name != name) continue;
    if (named.tensor.sizes() != at::IntArrayRef(shape)) {
      return absl::InvalidArgumentError(absl::StrCat("the head's tensor ", name, " has shape [",
                                                     absl::StrJoin(named.tensor.sizes(), ", "), "], expected [",
                                                     absl::StrJoin(shape, ", "), "]"));
    }
    const at::Tensor values = named.tensor.detach().to(at::kCPU, kType<T>).contiguous();
    return std::vector<T>(values.const_data_ptr<T>(), values.const_data_ptr<T>() + values.numel());
  }
  return absl::InvalidArgumentError(absl::StrCat("the head has no tensor ", name));
}

}  // namespace

template <typename T>
NamedTensors TensorsOf(const HeadOptions& options, const std::vector<HeadLayer<T>>& layers) {
  NamedTensors tensors;
  for (size_t i = 0; i < layers.size(); ++i) {
    tensors.push_back({options.names[i] + ".weight", Copied(layers[i].weight, {layers[i].out, layers[i].in})});
    tensors.push_back({options.names[i] + ".bias", Copied(layers[i].bias, {layers[i].out})});
  }
  return tensors;
}

template <typename T>
absl::StatusOr<std::vector<HeadLayer<T>>> LayersOf(const HeadOptions& options, const NamedTensors& weights) {
  ASAP_RETURN_IF_ERROR(options.Validate());
  std::vector<HeadLayer<T>> layers;
  for (size_t i = 0; i < options.names.size(); ++i) {
    HeadLayer<T> layer;
    layer.in = i == 0 ? options.inputs : options.hidden;
    layer.out = i + 1 < options.names.size() ? options.hidden : options.outputs;
    ASAP_ASSIGN_OR_RETURN(layer.weight, Read<T>(weights, options.names[i] + ".weight", {layer.out, layer.in}));
    ASAP_ASSIGN_OR_RETURN(layer.bias, Read<T>(weights, options.names[i] + ".bias", {layer.out}));
    layers.push_back(std::move(layer));
  }
  return layers;
}

template NamedTensors TensorsOf(const HeadOptions&, const std::vector<HeadLayer<float>>&);
template NamedTensors TensorsOf(const HeadOptions&, const std::vector<HeadLayer<double>>&);
template absl::StatusOr<std::vector<HeadLayer<float>>> LayersOf(const HeadOptions&, const NamedTensors&);
template absl::StatusOr<std::vector<HeadLayer<double>>> LayersOf(const HeadOptions&, const NamedTensors&);

absl::StatusOr<at::Tensor> HeadLogits(const HeadOptions& options, const NamedTensors& weights, const at::Tensor& features) {
  ASAP_ASSIGN_OR_RETURN(std::vector<HeadLayer<float>> layers, LayersOf<float>(options, weights));
  if (!features.defined() || features.dim() != 2 || features.size(1) != options.inputs) {
    return absl::InvalidArgumentError(absl::StrCat("features of shape [",
                                                   features.defined() ? absl::StrJoin(features.sizes(), ", ") : "",
                                                   "] for a head on ", options.inputs, " features, expected [M, C]"));
  }
  const at::Tensor x = features.detach().to(at::kCPU, at::kFloat).contiguous();
  at::Tensor logits = at::empty({x.size(0), options.outputs}, at::kFloat);
  HeadStepper<float>(options, std::move(layers)).Project(x.const_data_ptr<float>(), x.size(0), logits.mutable_data_ptr<float>());
  return logits;
}

at::Tensor HorizonRisks(const at::Tensor& logits, bool as_published) {
  if (as_published) return logits.sigmoid();
  return at::log_sigmoid(-logits).cumsum(1).expm1().neg();  // 1 - the product of 1 - h
}

at::Tensor SurvivalRisk(const at::Tensor& logits, bool as_published) {
  return as_published ? logits.sum(1) : HorizonRisks(logits, /*as_published=*/false).sum(1);
}

}  // namespace asap
