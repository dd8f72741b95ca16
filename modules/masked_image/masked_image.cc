#include "modules/masked_image/masked_image.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "modules/layers/checkpointing.h"
#include "modules/layers/init.h"

namespace asap {

ImageDecoder::ImageDecoder(const ImageDecoderOptions& options) : options_(options) {
  mask_token_ = register_parameter("mask_token", at::zeros({1, 1, options.width}));
  decoder_pos_embed_ = register_buffer("decoder_pos_embed", SinCosTable(options.grid, options.width).unsqueeze(0));
  embed_ = register_module("decoder_embed", std::make_shared<Linear>(options.encoder_width, options.width));
  blocks_ = RegisterBlocks(*this, "decoder_blocks", options.depth, options.width, options.heads);
  if (options.pixel_head) {
    norm_ = register_module("decoder_norm", std::make_shared<LayerNorm>(options.width, kVitEpsilon));
    predict_ = register_module("decoder_pred_layer", std::make_shared<Linear>(options.width, options.patch_voxels));
  }
  InitialiseParameters(*this, options.seed);
}

at::Tensor ImageDecoder::Begin(const at::Tensor& latent, const at::Tensor& restore) const {
  const at::Tensor x = embed_->forward(latent);
  const int64_t hidden = restore.size(1) + 1 - x.size(1);
  const at::Tensor masks = mask_token_.to(x.scalar_type()).expand({x.size(0), hidden, -1});
  const at::Tensor patches = GatherRows(at::cat({x.slice(1, 1), masks}, 1), restore);
  return at::cat({x.slice(1, 0, 1), patches}, 1) + decoder_pos_embed_;
}

at::Tensor ImageDecoder::RunBlocks(at::Tensor x, int64_t first, int64_t last, Taps* taps) const {
  for (int64_t i = first; i < std::min<int64_t>(last, static_cast<int64_t>(blocks_.size())); ++i) {
    x = RunBlock(blocks_[i], x, options_.checkpoint);
    Tap(taps, absl::StrCat("decoder_output_", i), x);
  }
  return x;
}

at::Tensor ImageDecoder::RunLastBlock(const at::Tensor& x, const at::Tensor& read) const {
  const at::Tensor rows = read + 1;  // behind the class token
  const auto block = blocks_.back();
  const auto run = [block, rows](const at::Tensor& in) { return block->ForwardRows(in, rows); };
  return options_.checkpoint ? Checkpointed(*block, x, run) : run(x);
}

at::Tensor ImageDecoder::PredictVoxels(const at::Tensor& tokens) const { return predict_->forward(norm_->forward(tokens)); }

at::Tensor VoxelLoss(const at::Tensor& predicted, at::Tensor target, int64_t patches, const VoxelLossOptions& options) {
  if (options.norm_pix_loss) {
    const auto [variance, mean] = at::var_mean(target, /*dim=*/{-1}, /*unbiased=*/true, /*keepdim=*/true);
    target = (target - mean).div_((variance + 1e-6).sqrt());  // as large as the prediction: one at a time
  }
  // Under autocast predictions are bfloat16 while targets are not: mse_loss takes the wider type for both.
  const at::Tensor error = at::mse_loss(predicted.to(target.scalar_type()), target, at::Reduction::Sum);
  const int64_t rows = options.masked_voxels_mean ? predicted.size(1) : patches;
  const double voxels =
      static_cast<double>(predicted.size(0)) * static_cast<double>(rows) * static_cast<double>(predicted.size(2));
  return error / std::max(voxels, 1.0);
}

}  // namespace asap
