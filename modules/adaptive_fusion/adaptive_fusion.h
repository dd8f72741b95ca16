// Semantically-adaptive fusion: report tokens look at the visible patches and at one token pooled from the regions that the
// findings' sentences picked, and each token is told the global mean of the image.
#ifndef ASAP_MODULES_ADAPTIVE_FUSION_ADAPTIVE_FUSION_H_
#define ASAP_MODULES_ADAPTIVE_FUSION_ADAPTIVE_FUSION_H_

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <cstdint>
#include <memory>

#include "modules/bert/bert.h"
#include "modules/layers/layers.h"
#include "modules/layers/taps.h"

namespace asap {

struct FusionOptions {
  BertOptions layer;  // width, heads, intermediate width and dropout of the fusion layer
  // The pooled token is the mean over the report's own sentences. False, as published: over all slots of the batch, empty ones
  // too.
  bool exclude_padding_sentences = true;
  double pooled_scale = 0.2;
  // clamp(scale * similarity, 0, 1) is added to the cross-attention's scores where a token's sentence picked the patch. The
  // published code makes the map, scales it by 0.02, and leaves it unused.
  bool grounding_bias = true;
  double grounding_bias_scale = 1;
  uint64_t seed = 0;
};

// What the alignment gives the fusion; undefined tensors where no alignment is trained.
struct GroundedRegions {
  at::Tensor regions;    // [B, S, C]
  at::Tensor valid;      // [B, S] bool
  at::Tensor grounding;  // [B, T, V]; undefined for no bias
};

// Parameters: bert_mlp and bert_decoder.bert.fusion_layer.
class AdaptiveFusion : public torch::nn::Module {
 public:
  explicit AdaptiveFusion(const FusionOptions& options);

  // Latent [B, 1 + V, C], report tokens [B, T, C] and their attention [B, T] -> [B, T, C].
  at::Tensor forward(const at::Tensor& latent, const at::Tensor& report, const at::Tensor& attention,
                     const GroundedRegions& grounded, Taps* taps = nullptr) const;

 private:
  class FusionLayer;

  FusionOptions options_;
  std::shared_ptr<Linear> memory_;
  std::shared_ptr<FusionLayer> layer_;
};

}  // namespace asap

#endif  // ASAP_MODULES_ADAPTIVE_FUSION_ADAPTIVE_FUSION_H_
