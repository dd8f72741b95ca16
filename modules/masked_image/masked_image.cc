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
  blocks_ = RegisterBlocks(*this, "decoder_blocks", options.depth, options.width, options.heads, 4 * options.width);
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

at::Tensor ImageDecoder::RunFirstBlocks(const at::Tensor& latent, const at::Tensor& restore, int64_t last, Taps* taps) const {
  if (!options_.checkpoint || taps != nullptr) return RunBlocks(Begin(latent, restore), 0, last, taps);
  // With its beginning, whose result is four times as large as the latent that it is made of.
  const auto run = [this, restore](const Tensors& in) { return blocks_[0]->forward(Begin(in[0], restore), /*again=*/true); };
  Tensors parameters = blocks_[0]->parameters();
  parameters.insert(parameters.end(), {mask_token_, embed_->weight, embed_->bias});
  return RunBlocks(Checkpointed(parameters, {latent}, run), 1, last);
}

at::Tensor ImageDecoder::RunBlocks(at::Tensor x, int64_t first, int64_t last, Taps* taps) const {
  for (int64_t i = first; i < std::min<int64_t>(last, static_cast<int64_t>(blocks_.size())); ++i) {
    x = options_.checkpoint ? RunBlocksInCheckpoint({blocks_[i]}, x) : blocks_[i]->forward(x);
    Tap(taps, absl::StrCat("decoder_output_", i), x);
  }
  return x;
}

at::Tensor ImageDecoder::RunLastBlock(const at::Tensor& x, const at::Tensor& read) const {
  const at::Tensor rows = read + 1;  // behind the class token
  const auto block = blocks_.back();
  if (!options_.checkpoint) return block->ForwardRows(x, rows);
  return Checkpointed(*block, x, [block, rows](const at::Tensor& in) { return block->ForwardRows(in, rows, /*again=*/true); });
}

at::Tensor ImageDecoder::PredictVoxels(const at::Tensor& tokens) const { return predict_->forward(norm_->forward(tokens)); }

}  // namespace asap
