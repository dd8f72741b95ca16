#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/scalar_tensor.h>

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/status.h"
#include "modules/vit3d/patches.h"
#include "tests/golden/model/case_file.h"
#include "tests/golden/model/compare.h"
#include "tests/golden/model/fixture.h"
#include "tests/golden/model/recipe.h"

namespace asap::golden {
namespace {

// Weights and inputs against their recipe: those that no output depends on would go unseen otherwise.
void CompareRecipe(const CaseFile& file, Rows& rows) {
  const uint64_t seed = file.meta.at("seed").get<uint64_t>();
  const AsapConfig& config = file.config;
  const int64_t batch = file.batch.size();
  const auto& tied = file.meta.at("tied");
  for (const auto& [name, weight] : file.weights) {
    at::Tensor made;
    if (name == "pos_embed" || name == "decoder_pos_embed") {
      std::array<int64_t, 3> grid;
      for (int axis = 0; axis < 3; ++axis) grid[axis] = config.volume[axis] / config.patch[axis];
      made = SinCosTable(grid, name == "pos_embed" ? config.width : config.decoder_width).unsqueeze(0);
    } else {
      const std::string owner = tied.contains(name) ? tied.at(name).get<std::string>() : name;
      made = RecipeWeight(seed, owner, weight.sizes().vec());
    }
    rows.push_back(Compare("w/" + name, made, weight, kExact));
  }
  rows.push_back(Compare("in/image", RecipeImage(seed, batch, config.volume), file.batch.volumes, kExact));
  rows.push_back(Compare("in/noise", RecipeNoise(seed, "in.noise", batch, config.patches()), file.batch.patch_noise, kExact));
  rows.push_back(Compare("in/mask", RecipeMask(seed, batch, config.volume, config.patch), file.batch.masks, kExact));
}

void CompareIntegers(const CaseFile& file, const Step& step, const std::string& precision, Rows& rows) {
  for (const auto& [key, expected] : file.integers) {
    const std::string label = absl::StrCat(precision, " int/", key);
    if (absl::StartsWith(key, "topk_idx_")) {
      if (!absl::EndsWith(key, precision)) continue;
      // Beyond a sentence's own k the order is not defined.
      const at::Tensor place = at::arange(expected.size(2));
      const at::Tensor counted = place < step.taps.at("k").unsqueeze(-1);
      // A device gives all places rather than be asked how many count.
      const at::Tensor found = step.taps.at("topk_idx").slice(2, 0, expected.size(2));
      rows.push_back(Compare(label, found * counted, expected * counted, kExact));
      continue;
    }
    const auto found = step.taps.find(key);
    rows.push_back(Compare(label, found == step.taps.end() ? at::Tensor() : found->second, expected, kExact));
  }
  const nlohmann::json& meta = file.meta;
  rows.push_back(Compare(precision + " meta/k", step.taps.at("k"), FromJson(meta.at("k")), kExact));
  rows.push_back(
      Compare(precision + " meta/sentence_nums", step.taps.at("sentence_nums"), FromJson(meta.at("sentence_nums")), kExact));
  const auto number = [&](const char* key, int64_t found) {
    rows.push_back(
        Compare(absl::StrCat(precision, " meta/", key), static_cast<double>(found), meta.at(key).get<double>(), kExact));
  };
  number("visible", step.taps.at("ids_keep").size(1));
  number("num_patches", step.taps.at("ids_shuffle").size(1));
  number("max_sentence", step.taps.at("similarity").size(1));
  number("max_k", step.taps.at("k").max().item<int64_t>());
}

// One precision's run against the values that the reference had in `reference` ("32" or "64").
void CompareValues(const CaseFile& file, const Step& step, const std::map<std::string, at::Tensor>& gradients,
                   const std::string& precision, const std::string& reference, Rows& rows) {
  const bool strict = precision == "f64";
  const double largest = file.meta.at("global_grad_absmax").get<double>();
  const Tolerance middle = {.relative = strict ? 1e-11 : 2e-5};
  const Tolerance loss = {.relative = strict ? 1e-11 : 5e-6};
  const Tolerance gradient = {.relative = strict ? 1e-10 : 5e-5, .absolute = (strict ? 1e-14 : 1e-7) * largest};
  const auto find = [](const std::map<std::string, at::Tensor>& map, const std::string& key) {
    const auto found = map.find(key);
    return found == map.end() ? at::Tensor() : found->second;
  };
  for (const auto& [key, expected] : file.values) {
    const std::string label = absl::StrCat(precision, " ", key);
    absl::string_view name = key;
    if (absl::ConsumePrefix(&name, absl::StrCat("mid", reference, "/"))) {
      at::Tensor found = find(step.taps, std::string(name));
      if (name == "topk_similarity_masked" && found.defined()) found = found.slice(2, 0, expected.size(2));  // as topk_idx
      rows.push_back(Compare(label, found, expected, middle));
    } else if (absl::ConsumePrefix(&name, absl::StrCat("loss", reference, "/"))) {
      rows.push_back(Compare(label, find(step.loss, std::string(name)), expected, loss));
    } else if (absl::ConsumePrefix(&name, absl::StrCat("grad", reference, "/"))) {
      rows.push_back(
          Compare(label, find(gradients, std::string(name)), expected, strict && name == "@image" ? middle : gradient));
    }
  }
  for (const auto& [name, value] : file.meta.at("loss" + reference).items()) {
    rows.push_back(Compare(absl::StrCat(precision, " meta/loss", reference, "/", name), find(step.loss, name),
                           at::scalar_tensor(value.get<double>(), at::kDouble), loss));
  }
}

// A parameter of which the fixture has no gradient must have none.
void CompareAbsentGradients(const CaseFile& file, const AsapModel& model, const std::string& precision, Rows& rows) {
  std::set<std::string> named;
  for (const auto& name : file.meta.at("nograd_trainable")) named.insert(name.get<std::string>());
  for (const NamedTensor& parameter : model.Parameters()) {
    if (file.values.count("grad64/" + parameter.name) > 0 && named.count(parameter.name) == 0) continue;
    const at::Tensor gradient = parameter.tensor.grad();
    rows.push_back(Compare(absl::StrCat(precision, " no gradient of ", parameter.name),
                           gradient.defined() ? gradient.abs().max().item<double>() : 0.0, 0.0, kExact));
  }
}

absl::StatusOr<Rows> Replay(const std::string& path, Precision precision, c10::Device device) {
  ASAP_ASSIGN_OR_RETURN(CaseFile file, ReadCase(path));
  Rows rows;
  CompareRecipe(file, rows);
  for (const NamedPrecision& run : Precisions(precision)) {
    ASAP_ASSIGN_OR_RETURN(std::unique_ptr<AsapModel> model, ModelOfCase(file, run.type));
    model->To(device);
    Batch batch = OnDevice(file.batch, device);
    batch.volumes = batch.volumes.to(run.type, /*non_blocking=*/false, /*copy=*/true).set_requires_grad(true);
    ASAP_ASSIGN_OR_RETURN(const Step step, RunStep(*model, batch));
    step.total.backward();
    std::map<std::string, at::Tensor> gradients = {{"@image", batch.volumes.grad().cpu()}};
    for (const NamedTensor& parameter : model->Parameters()) {
      const at::Tensor& gradient = parameter.tensor.grad();
      gradients[parameter.name] = gradient.defined() ? gradient.cpu() : gradient;
    }
    CompareIntegers(file, step, run.name, rows);
    CompareValues(file, step, gradients, run.name, "64", rows);
    if (run.type == at::kFloat) CompareValues(file, step, gradients, run.name, "32", rows);
    CompareAbsentGradients(file, *model, run.name, rows);
  }
  return rows;
}

}  // namespace

absl::StatusOr<Rows> ReplayModel(const std::string& path, Precision precision, c10::Device device) {
  return Guarded(path, [&] { return Replay(path, precision, device); });
}

}  // namespace asap::golden
