#include "tests/golden/model/recipe.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <cmath>

#include "absl/strings/match.h"
#include "core/base/random.h"

namespace asap::golden {

at::Tensor RecipeUniform(uint64_t seed, const std::string& name, const std::vector<int64_t>& shape) {
  constexpr uint64_t kStep = 0x9E3779B97F4A7C15ull;
  const uint64_t base = (seed * kStep) ^ Fnv1a64(name);
  at::Tensor values = at::empty(shape, at::kDouble);
  double* out = values.data_ptr<double>();
  at::parallel_for(0, values.numel(), 1 << 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) out[i] = static_cast<double>(Mix64(base + (i + 1) * kStep) >> 11) * 0x1.0p-53;
  });
  return values;
}

at::Tensor RecipeWeight(uint64_t seed, const std::string& name, const std::vector<int64_t>& shape) {
  at::Tensor s = RecipeUniform(seed, name, shape).mul_(2).sub_(1);
  if (name == "cls_token" || name == "mask_token" || absl::EndsWith(name, "embeddings.weight")) {
    s.mul_(0.5);
  } else if (s.dim() == 1) {
    absl::EndsWith(name, "weight") ? s.mul_(0.2).add_(1) : s.mul_(0.1);
  } else {
    const double fan_out = static_cast<double>(s.size(0)), fan_in = static_cast<double>(s.numel() / s.size(0));
    double scale = std::sqrt(6.0 / (fan_in + fan_out));
    if (name == "regression_head.weight") scale *= 4;
    if (absl::EndsWith(name, ".query.weight") || absl::EndsWith(name, ".key.weight")) scale *= 2;
    if (absl::EndsWith(name, "output.dense.weight")) scale *= 0.3;
    s.mul_(scale);
    if (absl::EndsWith(name, "attn.qkv.weight")) s.slice(0, 0, s.size(0) / 3 * 2).mul_(2);
  }
  return s.to(at::kFloat);
}

at::Tensor RecipeImage(uint64_t seed, int64_t batch, const std::array<int64_t, 3>& size) {
  return RecipeUniform(seed, "in.image", {batch, 1, size[0], size[1], size[2]}).mul_(2).sub_(1).to(at::kFloat);
}

at::Tensor RecipeNoise(uint64_t seed, const std::string& name, int64_t batch, int64_t patches) {
  return RecipeUniform(seed, name, {batch, patches}).to(at::kFloat);
}

at::Tensor RecipeMask(uint64_t seed, int64_t batch, const std::array<int64_t, 3>& size, const std::array<int64_t, 3>& patch) {
  std::vector<int64_t> block(3), grid(4, batch), shape = {batch, size[0], size[1], size[2]};
  for (int axis = 0; axis < 3; ++axis) {
    block[axis] = std::max<int64_t>(1, patch[axis] / 2);
    grid[axis + 1] = (size[axis] + block[axis] - 1) / block[axis];
  }
  at::Tensor blocks = RecipeUniform(seed, "in.mask.block", grid).mul_(9).floor_();
  for (int axis = 0; axis < 3; ++axis) blocks = blocks.repeat_interleave(block[axis], axis + 1).narrow(axis + 1, 0, size[axis]);
  const at::Tensor voxels = RecipeUniform(seed, "in.mask.voxel", shape).mul_(9).floor_();
  const at::Tensor pick = RecipeUniform(seed, "in.mask.pick", shape) < 0.3;
  return at::where(pick, voxels, blocks).to(at::kByte).unsqueeze(1);
}

std::vector<std::pair<std::string, std::vector<int64_t>>> UnreadWeights(const AsapConfig& config, int64_t position_rows,
                                                                        int64_t projection) {
  const int64_t vocabulary = config.text.vocabulary, text = config.text.width, width = config.width;
  std::vector<std::pair<std::string, std::vector<int64_t>>> weights = {
      {"bert_encoder.cls.predictions.bias", {vocabulary}},
      {"bert_encoder.cls_projection_head.dense_to_hidden.weight", {projection, text}},
      {"bert_encoder.cls_projection_head.dense_to_output.weight", {projection, projection}},
      {"bert_encoder.cls.predictions.transform.dense.weight", {text, text}},
      {"bert_decoder.bert.embeddings.word_embeddings.weight", {vocabulary, width}},
      {"bert_decoder.bert.embeddings.position_embeddings.weight", {position_rows, width}},
      {"bert_decoder.bert.embeddings.token_type_embeddings.weight", {2, width}},
      {"bert_decoder.bert.pooler.dense.weight", {width, width}},
      {"bert_topk_mlp.weight", {width, width}},
  };
  const auto vector = [&](const std::string& name, int64_t size) { weights.push_back({name, {size}}); };
  for (const char* end : {"weight", "bias"}) {
    vector(std::string("bert_encoder.cls.predictions.transform.LayerNorm.") + end, text);
    vector(std::string("bert_encoder.cls_projection_head.LayerNorm.") + end, projection);
    vector(std::string("bert_decoder.bert.embeddings.LayerNorm.") + end, width);
  }
  vector("bert_encoder.cls.predictions.transform.dense.bias", text);
  vector("bert_encoder.cls_projection_head.dense_to_hidden.bias", projection);
  vector("bert_encoder.cls_projection_head.dense_to_output.bias", projection);
  vector("bert_decoder.bert.pooler.dense.bias", width);
  vector("bert_topk_mlp.bias", width);
  return weights;
}

}  // namespace asap::golden
