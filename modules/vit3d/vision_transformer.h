// A vision transformer over patches of a volume (Dosovitskiy et al., 2021; He et al., 2022): pre-norm blocks, a class token,
// fixed sine-cosine positions. Its parameters carry timm's names: cls_token, patch_embed.proj, blocks.N, norm.
#ifndef ASAP_MODULES_VIT3D_VISION_TRANSFORMER_H_
#define ASAP_MODULES_VIT3D_VISION_TRANSFORMER_H_

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "modules/layers/layers.h"
#include "modules/layers/taps.h"
#include "modules/vit3d/vit_options.h"

namespace asap {

// x += proj(attention(norm1(x))); x += fc2(gelu(fc1(norm2(x)))). `again`: in a checkpoint, where the backward pass runs it again
// and less is to be kept; the numbers are the same.
class VitBlock : public torch::nn::Module {
 public:
  VitBlock(int64_t width, int64_t heads, int64_t hidden);             // `hidden`: the width of the MLP's hidden layer
  at::Tensor forward(const at::Tensor& x, bool again = false) const;  // [B, N, C] -> [B, N, C]
  // With the two residual branches of each sample multiplied by `scales` [2, B]: attention's, then the MLP's.
  at::Tensor ForwardScaled(const at::Tensor& x, const at::Tensor& scales) const;
  // Its rows `read` [B, M] alone, which look at all N: [B, M, C].
  at::Tensor ForwardRows(const at::Tensor& x, const at::Tensor& read, bool again = false) const;

 private:
  at::Tensor AttentionBranch(const at::Tensor& x) const;
  at::Tensor AttentionBranchOfRows(const at::Tensor& x, const at::Tensor& read) const;
  at::Tensor FeedForwardBranch(const at::Tensor& y, bool again) const;

  int64_t heads_;
  std::shared_ptr<LayerNorm> norm1_, norm2_;
  std::shared_ptr<Linear> qkv_, proj_, fc1_, fc2_;
};

// Registers `depth` blocks as NAME.0, NAME.1, ... of `parent`.
std::vector<std::shared_ptr<VitBlock>> RegisterBlocks(torch::nn::Module& parent, const char* name, int64_t depth, int64_t width,
                                                      int64_t heads, int64_t hidden);

// Blocks one after another, of which the input of the first alone is kept.
at::Tensor RunBlocksInCheckpoint(const std::vector<std::shared_ptr<VitBlock>>& blocks, const at::Tensor& x);

class VisionTransformer : public torch::nn::Module {
 public:
  explicit VisionTransformer(const VitOptions& options);
  const VitOptions& options() const { return options_; }

  // Latent [B, 1 + V, C], class token first, of the patches at `keep` [B, V] of volumes [B, 1, H, W, D]: only they are embedded.
  // Taps: patchified, patch_embed (of all patches, without positions), enc_block_i, latent.
  at::Tensor EncodeVisible(const at::Tensor& volumes, const at::Tensor& keep, Taps* taps = nullptr) const;

  // Latent [B, 1 + L, C] of whole volumes [B, 1, H, W, D]. `intermediates`, if not null, gets the outputs of `wanted` blocks.
  // `drop_path`, if defined, is what DropPathScales() gives.
  at::Tensor Encode(const at::Tensor& volumes, const std::vector<int64_t>& wanted = {},
                    std::vector<at::Tensor>* intermediates = nullptr, const at::Tensor& drop_path = {}) const;

 private:
  at::Tensor Embed(const at::Tensor& patches) const;  // [B, N, P] -> [B, N, C]
  at::Tensor RunBlocks(at::Tensor x, Taps* taps) const;

  VitOptions options_;
  at::Tensor cls_token_;  // [1, 1, C]
  at::Tensor pos_embed_;  // [1, 1 + L, C], fixed
  at::Tensor weight_;     // [C, 1, p, q, r]
  at::Tensor bias_;       // [C]
  std::vector<std::shared_ptr<VitBlock>> blocks_;
  std::shared_ptr<LayerNorm> norm_;
};

}  // namespace asap

#endif  // ASAP_MODULES_VIT3D_VISION_TRANSFORMER_H_
