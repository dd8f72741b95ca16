#include "tests/golden/heads/task_file.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/status.h"
#include "core/io/safetensors.h"
#include "modules/heads/pooling.h"
#include "modules/layers/state.h"
#include "modules/vit3d/vision_transformer.h"
#include "tests/golden/model/recipe.h"

namespace asap::golden {
namespace {

bool IsTable(const std::string& name) { return name == "pos_embed" || absl::EndsWith(name, ".pos_embed"); }

}  // namespace

absl::StatusOr<TaskFile> ReadTaskFile(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(Safetensors read, ReadSafetensors(path));
  const auto meta = read.metadata.find("meta");
  if (meta == read.metadata.end()) return Damaged("its header has no metadata \"meta\"");
  TaskFile file;
  file.meta = nlohmann::json::parse(meta->second);
  for (const auto& [key, tensor] : read.tensors) {
    absl::string_view name = key;
    if (absl::ConsumePrefix(&name, "w/")) {
      file.weights[std::string(name)] = tensor;
    } else if (absl::ConsumePrefix(&name, "in/")) {
      file.inputs[std::string(name)] = tensor;
    } else if (absl::ConsumePrefix(&name, "int/")) {
      file.integers[std::string(name)] = tensor;
    } else if (absl::StartsWith(key, "mid") || absl::StartsWith(key, "loss") || absl::StartsWith(key, "grad") ||
               absl::StartsWith(key, "out")) {
      file.values[key] = tensor;
    } else {
      return Damaged(absl::StrCat("unknown key ", key));
    }
  }
  return file;
}

absl::StatusOr<at::Tensor> Input(const TaskFile& file, const std::string& name) {
  const auto found = file.inputs.find(name);
  if (found == file.inputs.end()) return Damaged(absl::StrCat("it has no in/", name));
  return found->second;
}

NamedTensors WeightsOf(const TaskFile& file) {
  NamedTensors weights;
  for (const auto& [name, tensor] : file.weights) weights.push_back({name, tensor});
  return weights;
}

Tolerance TaskTolerance(const std::string& key, const NamedPrecision& run) {
  if (run.type == at::kDouble) return {.relative = 1e-12};
  return {.relative = absl::StartsWith(key, "loss") ? 5e-6 : 2e-5};
}

void CompareValues(const TaskFile& file, const TensorMap& computed, const NamedPrecision& run, Rows& rows) {
  for (const auto& [key, expected] : file.values) {
    const size_t slash = key.find('/');
    if (slash == std::string::npos || slash < 3) continue;
    const std::string bits = key.substr(slash - 2, 2);
    if (bits == "32" && run.type == at::kDouble) continue;
    const auto found = computed.find(key.substr(0, slash - 2) + key.substr(slash));
    const at::Tensor actual = found != computed.end() ? found->second : at::Tensor();
    rows.push_back(Compare(absl::StrCat(run.name, " ", key), actual, expected, TaskTolerance(key, run)));
  }
}

void CompareRecipes(const TaskFile& file, const std::string& encoder_prefix, bool identity_norm, Rows& rows) {
  const nlohmann::json& cfg = file.meta.at("cfg");
  const uint64_t seed = cfg.at("seed").get<uint64_t>();
  const Size3 size = cfg.at("image").get<Size3>(), patch = cfg.at("patch").get<Size3>();
  for (const auto& [name, weight] : file.weights) {
    const std::string key = "w/" + name;
    if (IsTable(name)) {
      const Size3 grid = {size[0] / patch[0], size[1] / patch[1], size[2] / patch[2]};
      rows.push_back(Compare(key, SinCosTable(grid, cfg.at("dim").get<int64_t>()).unsqueeze(0), weight, {.absolute = 3e-7}));
      continue;
    }
    at::Tensor recipe = RecipeWeight(seed, name, weight.sizes().vec());
    if (identity_norm && name == encoder_prefix + "fc_norm.weight") recipe.fill_(1);
    if (identity_norm && name == encoder_prefix + "fc_norm.bias") recipe.fill_(0);
    if (cfg.value("task", "") == "INSPECT" && name == "survival_head.weight") recipe.mul_(4);
    rows.push_back(Compare(key, recipe, weight, kExact));
  }
  const auto image = file.inputs.find("image");
  if (image == file.inputs.end()) return;
  rows.push_back(Compare("in/image", RecipeImage(seed, cfg.at("B").get<int64_t>(), size), image->second, kExact));
}

at::Tensor FrozenEncoder::Features(const at::Tensor& pooled) const { return NormalisedFeature(pooled) * norm_weight + norm_bias; }

absl::StatusOr<FrozenEncoder> EncoderOf(const TaskFile& file, const std::string& prefix, at::ScalarType type) {
  const nlohmann::json& cfg = file.meta.at("cfg");
  const VitOptions options = {.volume = cfg.at("image").get<Size3>(),
                              .patch = cfg.at("patch").get<Size3>(),
                              .width = cfg.at("dim").get<int64_t>(),
                              .depth = cfg.at("depth").get<int64_t>(),
                              .heads = cfg.at("heads").get<int64_t>(),
                              .mlp_width = cfg.value("mlp", int64_t{4}) * cfg.at("dim").get<int64_t>()};
  ASAP_RETURN_IF_ERROR(options.Validate());
  FrozenEncoder encoder;
  encoder.model = std::make_shared<VisionTransformer>(options);
  encoder.model->to(type);
  NamedTensors wanted = ParametersOf(*encoder.model);
  for (const auto& buffer : encoder.model->named_buffers()) wanted.push_back({buffer.key(), buffer.value()});
  const c10::InferenceMode off(false);
  const at::NoGradGuard no_grad;
  for (const NamedTensor& named : wanted) {
    if (absl::StartsWith(named.name, "norm.")) continue;  // the frozen feature is taken before it
    const auto weight = file.weights.find(prefix + named.name);
    if (weight == file.weights.end() || weight->second.sizes() != named.tensor.sizes()) {
      return Damaged(absl::StrCat("w/", prefix, named.name, " is missing or of another shape"));
    }
    named.tensor.copy_(weight->second);
  }
  for (const char* end : {"weight", "bias"}) {
    const auto norm = file.weights.find(absl::StrCat(prefix, "fc_norm.", end));
    if (norm == file.weights.end()) return Damaged(absl::StrCat("it has no w/", prefix, "fc_norm.", end));
    (end[0] == 'w' ? encoder.norm_weight : encoder.norm_bias) = norm->second.to(type);
  }
  return encoder;
}

}  // namespace asap::golden
