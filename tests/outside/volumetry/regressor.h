// The network: the measured encoder, the mean of its patch tokens, and a linear layer that tells litres.
#ifndef VOLUMETRY_REGRESSOR_H_
#define VOLUMETRY_REGRESSOR_H_

#include <ATen/core/TensorBody.h>

#include <memory>
#include <vector>

#include "core/encoder.h"
#include "core/train/model.h"
#include "scans.h"

namespace asap::volumetry {

class Regressor : public TrainableModel {
 public:
  // `litres` of the training cases: their mean is where training starts, their spread its unit.
  Regressor(std::unique_ptr<Encoder> encoder, const std::vector<double>& litres, c10::Device device);

  const EncoderSpec& spec() const { return encoder_->spec(); }
  absl::StatusOr<at::Tensor> Litres(const at::Tensor& volumes);  // [B, 1, H, W, D] -> [B]

  NamedTensors Parameters() const override;
  NamedTensors State() const override { return Parameters(); }
  absl::StatusOr<std::vector<LossTerm>> Forward(const TrainingBatch& batch) override;
  void SetTraining(bool training) override { encoder_->SetTraining(training); }

 private:
  const std::unique_ptr<Encoder> encoder_;
  double mean_ = 0, spread_ = 1;
  at::Tensor weight_, bias_;  // [1, C], [1]
};

// "encoder.NAME" of a parameter that the encoder had before.
inline constexpr char kOfEncoder[] = "encoder.";

}  // namespace asap::volumetry

#endif  // VOLUMETRY_REGRESSOR_H_
