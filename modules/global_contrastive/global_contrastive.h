// Global contrast of volumes and reports, the baseline without localisation: one vector of the volume against one of its
// findings, the other cases of the batch being the negatives (CLIP: Radford et al., 2021).
//
// The volume's vector is made of the patches that the mask left visible (FLIP: Li et al., 2023): what the image encoder sees of a
// case, and a step's work, are those of masked modelling. It is the mean over patches, which is what probes read, not the class
// token.
//
// B cases, V visible patches, T text tokens, E features.
#ifndef ASAP_MODULES_GLOBAL_CONTRASTIVE_GLOBAL_CONTRASTIVE_H_
#define ASAP_MODULES_GLOBAL_CONTRASTIVE_GLOBAL_CONTRASTIVE_H_

#include <ATen/core/TensorBody.h>
#include <torch/nn/module.h>

#include <cstdint>
#include <memory>

#include "modules/layers/layers.h"

namespace asap {

struct GlobalContrastiveOptions {
  int64_t width = 768;       // of the image latent, and E
  int64_t text_width = 768;  // of the text encoder's features
  double start_temperature = 0.07;
  double most_scale = 100;  // 1 / temperature stays below
  uint64_t seed = 0;
};

struct GlobalPairs {
  at::Tensor volumes;  // [B, E] unit rows
  at::Tensor reports;  // [B, E] unit rows
  at::Tensor valid;    // [B] bool: the findings have a token beside [CLS]
};

// Parameters: global_image_proj, global_text_proj, global_logit_scale [1], the logarithm of 1 / temperature.
class GlobalContrastive : public torch::nn::Module {
 public:
  explicit GlobalContrastive(const GlobalContrastiveOptions& options);

  // latent [B, 1 + V, width], findings' features [B, T, text_width], of which [CLS] at token 0 is read, and the attention [B, T].
  GlobalPairs Embed(const at::Tensor& latent, const at::Tensor& findings, const at::Tensor& attention) const;

  // Symmetric cross-entropy over the valid pairs, half of it volume to report and half report to volume: the mean over these
  // pairs. 0, with a graph, where fewer than two are valid. A scale beyond most_scale is set back to it first.
  at::Tensor Loss(const GlobalPairs& pairs) const;

  // The present 1 / temperature.
  double scale() const;

 private:
  GlobalContrastiveOptions options_;
  std::shared_ptr<Linear> image_, text_;
  at::Tensor logit_scale_;
};

}  // namespace asap

#endif  // ASAP_MODULES_GLOBAL_CONTRASTIVE_GLOBAL_CONTRASTIVE_H_
