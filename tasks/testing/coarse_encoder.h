// An encoder without weights for tests of tasks: each patch token is the patch's mean, spread, extremes and shares of air, soft
// tissue and bone. It reads real volumes in milliseconds and knows enough of them for heads to learn from.
#ifndef ASAP_TASKS_TESTING_COARSE_ENCODER_H_
#define ASAP_TASKS_TESTING_COARSE_ENCODER_H_

#include "core/encoder.h"

namespace asap {

class CoarseEncoder : public Encoder {
 public:
  CoarseEncoder();
  const EncoderSpec& spec() const override { return spec_; }
  absl::StatusOr<EncoderOutput> Encode(const at::Tensor& volumes, const EncodeOptions& options) override;
  NamedTensors Parameters() const override { return {}; }
  void SetTraining(bool) override {}

 private:
  EncoderSpec spec_;
};

}  // namespace asap

#endif  // ASAP_TASKS_TESTING_COARSE_ENCODER_H_
