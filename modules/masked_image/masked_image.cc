#include "modules/masked_image/masked_image.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

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

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Of 2048 voxels in float32: 2 MiB, as much as a cache holds; 64 where every piece costs launches of kernels.
constexpr int64_t kRowsOnCpu = 256, kRowsElsewhere = 8192;

// Each row of voxels brought to mean 0 and variance 1.
at::Tensor Normalised(const at::Tensor& rows) {
  const auto [variance, mean] = at::var_mean(rows, /*dim=*/{-1}, /*unbiased=*/true, /*keepdim=*/true);
  return (rows - mean) / (variance + 1e-6).sqrt();
}

// The sum of squared errors over `divisor`. Its gradients are known with it, and are all that is kept of it: predictions, targets
// and errors of all patches would be four tensors of the size of the volume.
class VoxelError : public torch::autograd::Function<VoxelError> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& predicted, const at::Tensor& target, bool normalise,
                            double divisor, bool with_graph) {
    const auto empty_like_if = [with_graph](const at::Tensor& x) {
      return with_graph && x.requires_grad() ? at::empty(x.sizes(), x.options()) : at::Tensor();
    };
    const at::Tensor of_predicted = empty_like_if(predicted), of_target = empty_like_if(target);
    const int64_t rows = target.size(0) * target.size(1), at_once = target.is_cpu() ? kRowsOnCpu : kRowsElsewhere;
    at::Tensor sum = at::zeros({}, target.options());
    for (int64_t first = 0; first < rows; first += at_once) {
      const auto piece = [&](const at::Tensor& x) { return x.flatten(0, 1).slice(0, first, first + at_once); };
      const at::AutoGradMode with_target_graph(of_target.defined());
      const at::Tensor given = piece(target.detach()).requires_grad_(of_target.defined());
      const at::Tensor wanted = normalise ? Normalised(given) : given;
      const at::NoGradGuard no_grad;
      // Under autocast predictions are bfloat16 while targets are not: the wider type for both.
      const at::Tensor error = piece(predicted).to(wanted.scalar_type()) - wanted;
      sum += error.square().sum();
      const at::Tensor gradient = error * (2 / divisor);
      if (of_predicted.defined()) piece(of_predicted).copy_(gradient);
      if (of_target.defined()) piece(of_target).copy_(torch::autograd::grad({wanted}, {given}, {-gradient})[0]);
    }
    context->save_for_backward({of_predicted, of_target});
    return sum / divisor;
  }

  static variable_list backward(AutogradContext* context, variable_list upstream) {
    variable_list gradients = context->get_saved_variables();
    for (at::Tensor& gradient : gradients) {
      if (gradient.defined()) gradient = gradient * upstream[0];
    }
    gradients.resize(5);
    return gradients;
  }
};

}  // namespace

at::Tensor VoxelLoss(const at::Tensor& predicted, const at::Tensor& target, int64_t patches, const VoxelLossOptions& options) {
  const int64_t rows = options.masked_voxels_mean ? predicted.size(1) : patches;
  const double voxels =
      static_cast<double>(predicted.size(0)) * static_cast<double>(rows) * static_cast<double>(predicted.size(2));
  return VoxelError::apply(predicted, target, options.norm_pix_loss, std::max(voxels, 1.0), at::GradMode::is_enabled());
}

}  // namespace asap
