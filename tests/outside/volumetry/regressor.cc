#include "regressor.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status.h"

namespace asap::volumetry {

Regressor::Regressor(std::unique_ptr<Encoder> encoder, const std::vector<double>& litres, c10::Device device)
    : encoder_(std::move(encoder)) {
  const double count = static_cast<double>(litres.size());
  for (const double value : litres) mean_ += value / count;
  double variance = 0;
  for (const double value : litres) variance += (value - mean_) * (value - mean_) / count;
  if (variance > 0) spread_ = std::sqrt(variance);
  const auto options = at::TensorOptions().dtype(at::kFloat).device(device);
  weight_ = at::zeros({1, encoder_->spec().width}, options).requires_grad_(true);
  bias_ = at::zeros({1}, options).requires_grad_(true);
}

absl::StatusOr<at::Tensor> Regressor::Litres(const at::Tensor& volumes) {
  ASAP_ASSIGN_OR_RETURN(const EncoderOutput output, encoder_->Encode(volumes, {}));
  const at::Tensor told = at::linear(output.patch_tokens.mean(1), weight_, bias_).squeeze(1);
  return told * spread_ + mean_;
}

NamedTensors Regressor::Parameters() const {
  NamedTensors parameters;
  for (const NamedTensor& of : encoder_->Parameters()) parameters.push_back({absl::StrCat(kOfEncoder, of.name), of.tensor});
  parameters.push_back({"head.weight", weight_});
  parameters.push_back({"head.bias", bias_});
  return parameters;
}

absl::StatusOr<std::vector<LossTerm>> Regressor::Forward(const TrainingBatch& batch) {
  const auto* scans = dynamic_cast<const ScanBatch*>(&batch);
  if (scans == nullptr) return absl::InvalidArgumentError("the batch is not of scans");
  ASAP_ASSIGN_OR_RETURN(const at::Tensor litres, Litres(scans->volumes));
  return std::vector<LossTerm>{{"squared error", ((litres - scans->litres) / spread_).square().mean()}};
}

}  // namespace asap::volumetry
