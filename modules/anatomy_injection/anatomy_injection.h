// Anatomy-aware knowledge injection: from an early state of the image decoder, a small head tells which share of each patch every
// anatomical class fills. All patches are supervised, visible and hidden alike.
#ifndef ASAP_MODULES_ANATOMY_INJECTION_ANATOMY_INJECTION_H_
#define ASAP_MODULES_ANATOMY_INJECTION_ANATOMY_INJECTION_H_

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <array>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "modules/layers/layers.h"

namespace asap {

inline constexpr int64_t kAnatomyClasses = 9;  // background and eight structures

// linear, norm over the classes, ReLU, linear. Parameters: decoder_injection_pred_layer_0, _pred_norm, _pred_layer_1.
class AnatomyHead : public torch::nn::Module {
 public:
  AnatomyHead(int64_t width, int64_t classes, uint64_t seed);
  at::Tensor forward(const at::Tensor& tokens) const;  // [B, L, width] -> logits [B, L, classes]

 private:
  std::shared_ptr<Linear> first_, second_;
  std::shared_ptr<LayerNorm> norm_;
};

// How many voxels of each patch carry each label: masks [B, 1, H, W, D] uint8 on the CPU -> [B, L, classes] int32, patches in the
// encoder's order. InvalidArgument for another type or shape, or a label beyond the classes.
absl::StatusOr<at::Tensor> LabelHistogram(const at::Tensor& masks, const std::array<int64_t, 3>& patch, int64_t classes);

// Binary cross-entropy of logits [B, L, classes] against counts / voxels of a patch, averaged over patches and classes, then over
// the B cases of the batch; a case without a mask (has_mask [B] bool) contributes 0. So the loss of a case does not depend on its
// batch. With a mask in every case it is the published mean.
at::Tensor AnatomyLoss(const at::Tensor& logits, const at::Tensor& counts, const at::Tensor& has_mask);

}  // namespace asap

#endif  // ASAP_MODULES_ANATOMY_INJECTION_ANATOMY_INJECTION_H_
