// Masked image modelling (He et al., 2022) on volumes: a light decoder puts mask tokens where patches are hidden and predicts
// their voxels. The loss and the pixel head run on hidden patches alone.
#ifndef ASAP_MODULES_MASKED_IMAGE_MASKED_IMAGE_H_
#define ASAP_MODULES_MASKED_IMAGE_MASKED_IMAGE_H_

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "modules/layers/layers.h"
#include "modules/layers/taps.h"
#include "modules/vit3d/vision_transformer.h"

namespace asap {

struct ImageDecoderOptions {
  Size3 grid = {14, 14, 14};  // patches
  int64_t patch_voxels = 2048;
  int64_t encoder_width = 768;
  int64_t width = 768;  // a multiple of 6 and of the heads
  int64_t depth = 4;
  int64_t heads = 16;
  bool pixel_head = true;   // false: the trunk alone, for losses that read its states
  bool checkpoint = false;  // blocks keep their inputs alone, see checkpointing.h
  uint64_t seed = 0;
};

// Parameters: mask_token, decoder_embed, decoder_blocks.N, and with the pixel head decoder_norm, decoder_pred_layer.
class ImageDecoder : public torch::nn::Module {
 public:
  explicit ImageDecoder(const ImageDecoderOptions& options);
  const ImageDecoderOptions& options() const { return options_; }

  // Latent [B, 1 + V, C] and each patch's place in the order of noise [B, L] -> the first block's input [B, 1 + L, width]:
  // patches in spatial order, mask tokens where they were hidden, positions added.
  at::Tensor Begin(const at::Tensor& latent, const at::Tensor& restore) const;
  // Begin() and blocks 0, ..., last - 1; the decoder must outlive the backward pass. Taps: decoder_output_i.
  at::Tensor RunFirstBlocks(const at::Tensor& latent, const at::Tensor& restore, int64_t last, Taps* taps = nullptr) const;
  // Blocks first, ..., last - 1. Taps: decoder_output_i.
  at::Tensor RunBlocks(at::Tensor x, int64_t first, int64_t last, Taps* taps = nullptr) const;
  // The last block's output at the patches `read` [B, M] alone, without the class token: [B, M, width]. x is that block's input.
  at::Tensor RunLastBlock(const at::Tensor& x, const at::Tensor& read) const;
  // Tokens [B, N, width] -> voxels [B, N, P].
  at::Tensor PredictVoxels(const at::Tensor& tokens) const;

 private:
  ImageDecoderOptions options_;
  at::Tensor mask_token_;         // [1, 1, width]
  at::Tensor decoder_pos_embed_;  // [1, 1 + L, width], fixed
  std::shared_ptr<Linear> embed_, predict_;
  std::vector<std::shared_ptr<VitBlock>> blocks_;
  std::shared_ptr<LayerNorm> norm_;
};

}  // namespace asap

#endif  // ASAP_MODULES_MASKED_IMAGE_MASKED_IMAGE_H_
