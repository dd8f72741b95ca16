#include "modules/vit3d/vision_transformer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "modules/layers/attention.h"
#include "modules/layers/checkpointing.h"
#include "modules/layers/elementwise.h"
#include "modules/layers/init.h"
#include "modules/layers/lean_linear.h"

namespace asap {

namespace {

absl::Status NoMultiple(absl::string_view name, const Size3& volume, const Size3& patch, int axis) {
  std::string remedy = "a patch has at least one voxel";
  if (patch[axis] > 0) {
    const int64_t below = volume[axis] / patch[axis] * patch[axis];
    remedy = absl::StrCat("take ", below > 0 ? absl::StrCat(below, " or ") : "", below + patch[axis], " voxels there");
  }
  return absl::InvalidArgumentError(absl::StrCat(name, " ", absl::StrJoin(volume, "x"), " is not a whole number of patches ",
                                                 absl::StrJoin(patch, "x"), " along axis ", axis, ": ", remedy));
}

}  // namespace

absl::Status VitOptions::Validate() const {
  for (int axis = 0; axis < 3; ++axis) {
    if (patch[axis] < 1 || volume[axis] < patch[axis] || volume[axis] % patch[axis] != 0) {
      return NoMultiple("volume", volume, patch, axis);
    }
    if (position_volume.has_value() && ((*position_volume)[axis] < patch[axis] || (*position_volume)[axis] % patch[axis] != 0)) {
      return NoMultiple("position_volume", *position_volume, patch, axis);
    }
  }
  if (width < 6 || width % 6 != 0) {
    return absl::InvalidArgumentError(absl::StrCat("width ", width, " is not a multiple of 6, as the 3-D position table needs"));
  }
  if (heads < 1 || width % heads != 0)
    return absl::InvalidArgumentError(absl::StrCat(heads, " heads do not divide width ", width));
  if (mlp_width < 0) return absl::InvalidArgumentError(absl::StrCat("mlp_width ", mlp_width, ", expected at least 1"));
  if (depth < 1) return absl::InvalidArgumentError(absl::StrCat("depth ", depth, ", expected at least 1"));
  return absl::OkStatus();
}

VitBlock::VitBlock(int64_t width, int64_t heads, int64_t hidden) : heads_(heads) {
  norm1_ = register_module("norm1", std::make_shared<LayerNorm>(width, kVitEpsilon));
  const auto attention = RegisterScope(*this, "attn");
  qkv_ = attention->register_module("qkv", std::make_shared<Linear>(width, 3 * width));
  proj_ = attention->register_module("proj", std::make_shared<Linear>(width, width));
  norm2_ = register_module("norm2", std::make_shared<LayerNorm>(width, kVitEpsilon));
  const auto mlp = RegisterScope(*this, "mlp");
  fc1_ = mlp->register_module("fc1", std::make_shared<Linear>(width, hidden));
  fc2_ = mlp->register_module("fc2", std::make_shared<Linear>(hidden, width));
}

at::Tensor VitBlock::forward(const at::Tensor& x, bool again) const {
  const at::Tensor y = x + AttentionBranch(x);
  return y + FeedForwardBranch(y, again);
}

at::Tensor VitBlock::AttentionBranch(const at::Tensor& x) const {
  const std::vector<at::Tensor> qkv = qkv_->forward(norm1_->forward(x)).chunk(3, -1);
  return proj_->forward(Attention(qkv[0], qkv[1], qkv[2], heads_, /*bias=*/{}));
}

at::Tensor VitBlock::FeedForwardBranch(const at::Tensor& y, bool again) const {
  at::Tensor hidden = norm2_->forward(y);  // one name for all: without a graph, what was read last is freed
  hidden = fc1_->forward(hidden);
  if (again) return LinearOfGelu(*fc2_, hidden);
  hidden = Gelu(hidden);
  return fc2_->forward(hidden);
}

at::Tensor VitBlock::ForwardScaled(const at::Tensor& x, const at::Tensor& scales) const {
  const at::Tensor each = scales.to(x.options()).unsqueeze(2).unsqueeze(3);  // [2, B, 1, 1]
  const at::Tensor y = x + each[0] * AttentionBranch(x);
  return y + each[1] * FeedForwardBranch(y, /*again=*/false);
}

at::Tensor VitBlock::AttentionBranchOfRows(const at::Tensor& x, const at::Tensor& read) const {
  at::Tensor normal = norm1_->forward(x);
  const int64_t width = x.size(2);
  const auto project = [&](const at::Tensor& in, int64_t first, int64_t last) {
    return at::linear(in, qkv_->weight.slice(0, first * width, last * width), qkv_->bias.slice(0, first * width, last * width));
  };
  const std::vector<at::Tensor> kv = project(normal, 1, 3).chunk(2, -1);
  const at::Tensor query = project(GatherRows(normal, read), 0, 1);
  normal.reset();
  return proj_->forward(Attention(query, kv[0], kv[1], heads_, /*bias=*/{}));
}

at::Tensor VitBlock::ForwardRows(const at::Tensor& x, const at::Tensor& read, bool again) const {
  const at::Tensor rows = GatherRows(x, read);
  const at::Tensor y = rows + AttentionBranchOfRows(x, read);
  return y + FeedForwardBranch(y, again);
}

at::Tensor RunBlocksInCheckpoint(const std::vector<std::shared_ptr<VitBlock>>& blocks, const at::Tensor& x) {
  Tensors parameters;
  for (const auto& block : blocks) {
    const Tensors own = block->parameters();
    parameters.insert(parameters.end(), own.begin(), own.end());
  }
  return Checkpointed(parameters, {x}, [blocks](const Tensors& in) {
    at::Tensor y = in[0];
    for (const auto& block : blocks) y = block->forward(y, /*again=*/true);
    return y;
  });
}

std::vector<std::shared_ptr<VitBlock>> RegisterBlocks(torch::nn::Module& parent, const char* name, int64_t depth, int64_t width,
                                                      int64_t heads, int64_t hidden) {
  const auto scope = RegisterScope(parent, name);
  std::vector<std::shared_ptr<VitBlock>> blocks;
  for (int64_t i = 0; i < depth; ++i) {
    blocks.push_back(scope->register_module(absl::StrCat(i), std::make_shared<VitBlock>(width, heads, hidden)));
  }
  return blocks;
}

VisionTransformer::VisionTransformer(const VitOptions& options) : options_(options) {
  cls_token_ = register_parameter("cls_token", at::zeros({1, 1, options.width}));
  const Size3 known = options.position_grid();
  pos_embed_ =
      register_buffer("pos_embed", ResizePositions(SinCosTable(known, options.width), known, options.grid()).unsqueeze(0));
  const auto projection = RegisterScope(*RegisterScope(*this, "patch_embed"), "proj");
  weight_ = projection->register_parameter("weight",
                                           at::zeros({options.width, 1, options.patch[0], options.patch[1], options.patch[2]}));
  bias_ = projection->register_parameter("bias", at::zeros({options.width}));
  blocks_ = RegisterBlocks(*this, "blocks", options.depth, options.width, options.heads, options.hidden());
  norm_ = register_module("norm", std::make_shared<LayerNorm>(options.width, kVitEpsilon));
  InitialiseParameters(*this, options.seed);
}

at::Tensor VisionTransformer::Embed(const at::Tensor& patches) const {
  return at::linear(patches, weight_.flatten(1), bias_);  // the convolution of stride = kernel, as a matrix
}

at::Tensor VisionTransformer::RunBlocks(at::Tensor x, Taps* taps) const {
  if (options_.checkpoint && taps == nullptr) {
    // Two at a time: what they need when they run again is still less than what one block of the image decoder needs.
    for (size_t i = 0; i < blocks_.size(); i += 2) {
      x = RunBlocksInCheckpoint({blocks_.begin() + i, blocks_.begin() + std::min(i + 2, blocks_.size())}, x);
    }
    return x;
  }
  for (size_t i = 0; i < blocks_.size(); ++i) {
    x = blocks_[i]->forward(x);
    Tap(taps, absl::StrCat("enc_block_", i), x);
  }
  return x;
}

at::Tensor VisionTransformer::EncodeVisible(const at::Tensor& volumes, const at::Tensor& keep, Taps* taps) const {
  if (taps != nullptr) {
    const at::NoGradGuard no_grad;
    const at::Tensor patches = Patchify(volumes, options_.patch);
    Tap(taps, "patchified", patches);
    Tap(taps, "patch_embed", Embed(patches));
  }
  const at::Tensor positions = pos_embed_.slice(1, 1).expand({keep.size(0), -1, -1});
  at::Tensor x = Embed(GatherPatches(volumes, options_.patch, keep)) + GatherRows(positions, keep);
  x = at::cat({cls_token_.expand({x.size(0), -1, -1}).to(x.scalar_type()), x}, 1);  // the class token's position is zero
  x = RunBlocks(x, taps);
  x = norm_->forward(x);
  Tap(taps, "latent", x);
  return x;
}

at::Tensor VisionTransformer::Encode(const at::Tensor& volumes, const std::vector<int64_t>& wanted,
                                     std::vector<at::Tensor>* intermediates, const at::Tensor& drop_path) const {
  at::Tensor x = Embed(Patchify(volumes, options_.patch)) + pos_embed_.slice(1, 1);
  x = at::cat({cls_token_.expand_as(x.slice(1, 0, 1)).to(x.scalar_type()), x}, 1);
  if (intermediates != nullptr) intermediates->assign(wanted.size(), at::Tensor());
  for (size_t i = 0; i < blocks_.size(); ++i) {
    if (drop_path.defined()) {
      x = blocks_[i]->ForwardScaled(x, drop_path[static_cast<int64_t>(i)]);
    } else {
      x = options_.checkpoint ? RunBlocksInCheckpoint({blocks_[i]}, x) : blocks_[i]->forward(x);
    }
    for (size_t j = 0; intermediates != nullptr && j < wanted.size(); ++j) {
      if (wanted[j] == static_cast<int64_t>(i)) (*intermediates)[j] = x;
    }
  }
  return norm_->forward(x);
}

}  // namespace asap
