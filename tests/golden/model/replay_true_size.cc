#include <ATen/core/grad_mode.h>
#include <ATen/ops/bincount.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/scalar_tensor.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/status.h"
#include "modules/vit3d/patches.h"
#include "tests/golden/model/case_file.h"
#include "tests/golden/model/compare.h"
#include "tests/golden/model/fixture.h"
#include "tests/golden/model/recipe.h"

namespace asap::golden {
namespace {

using nlohmann::json;

// The published sizes of what the model carries and never reads.
constexpr int64_t kUnusedPositions = 256, kUnusedProjection = 128;

Row CompareWeight(const json& checks, const std::string& name, const at::Tensor& weight) {
  const json& check = checks.at(name);
  const at::Tensor flat = weight.to(at::kDouble).flatten();
  at::Tensor found = at::cat({flat.sum().unsqueeze(0), flat.slice(0, 0, check.at(1).size())});
  at::Tensor expected = at::cat({FromJson(json::array({check.at(0)})), FromJson(check.at(1))});
  // A sum of millions of terms depends on their order in its last digits.
  return Compare("weights_check/" + name, found, expected, {.absolute = 1e-13 * flat.abs().sum().item<double>()});
}

absl::Status MakeWeights(const json& file, AsapModel& model, Rows& rows) {
  const uint64_t seed = file.at("seed").get<uint64_t>();
  const json& checks = file.at("weights_check");
  std::set<std::string> checked;
  const at::NoGradGuard no_grad;
  for (NamedTensor& named : model.State()) {
    const at::Tensor weight = RecipeWeight(seed, named.name, named.tensor.sizes().vec());
    rows.push_back(CompareWeight(checks, named.name, weight));
    checked.insert(named.name);
    named.tensor.copy_(weight);
  }
  for (const auto& [name, shape] : UnreadWeights(model.config(), kUnusedPositions, kUnusedProjection)) {
    rows.push_back(CompareWeight(checks, name, RecipeWeight(seed, name, shape)));
    checked.insert(name);
  }
  const AsapConfig& config = model.config();
  const int64_t side = config.volume[0] / config.patch[0];
  const at::Tensor table =
      SinCosTable({side, config.volume[1] / config.patch[1], config.volume[2] / config.patch[2]}, config.width);
  for (const char* name : {"pos_embed", "decoder_pos_embed"}) {
    rows.push_back(CompareWeight(checks, name, table.unsqueeze(0)));
    rows.push_back(CompareChecksum(name, table.unsqueeze(0), file.at(name), {.relative = 1e-12}));
    checked.insert(name);
  }
  for (const auto& [row, values] : file.at("pos_embed_rows").items()) {
    rows.push_back(Compare(absl::StrCat("pos_embed_rows/", row), table[std::stoll(row)], FromJson(values), kExact));
  }
  for (const auto& [name, check] : checks.items()) {
    if (checked.count(name) == 0) return Damaged(absl::StrCat("weights_check names an unknown parameter ", name));
  }
  return absl::OkStatus();
}

absl::StatusOr<Batch> MakeBatch(const json& file, const AsapConfig& config, Rows& rows) {
  const uint64_t seed = file.at("seed").get<uint64_t>();
  std::map<std::string, at::Tensor> inputs;
  for (const auto& [name, values] : file.at("inputs").items()) inputs[name] = FromJson(values).to(at::kLong);
  if (inputs.count("ids") == 0) return Damaged("inputs has no ids");
  const int64_t batch = inputs.at("ids").size(0);
  inputs["image"] = RecipeImage(seed, batch, config.volume);
  inputs["noise"] = RecipeNoise(seed, "in.noise", batch, config.patches());
  inputs["mask"] = RecipeMask(seed, batch, config.volume, config.patch).to(at::kFloat);
  for (const char* name : {"image", "noise", "mask"}) {
    rows.push_back(CompareChecksum(name, inputs.at(name), file.at(name), {.relative = 1e-12}));
  }
  const at::Tensor histogram = at::bincount(inputs.at("mask").flatten().to(at::kLong), {}, 9);
  rows.push_back(Compare("mask_hist", histogram, FromJson(file.at("mask_hist")), kExact));
  return BatchOf(inputs);
}

void CompareDiscrete(const json& file, const Step& step, const std::string& run, Rows& rows) {
  rows.push_back(Compare(run + " ids_keep", step.taps.at("ids_keep"), FromJson(file.at("ids_keep")), kExact));
  rows.push_back(Compare(run + " k", step.taps.at("k"), FromJson(file.at("k")), kExact));
  rows.push_back(Compare(run + " sentence_nums", step.taps.at("sentence_nums"), FromJson(file.at("sentence_nums")), kExact));
  const auto number = [&](const char* key, int64_t found) {
    rows.push_back(Compare(absl::StrCat(run, " ", key), static_cast<double>(found), file.at(key).get<double>(), kExact));
  };
  number("num_patches", step.taps.at("ids_shuffle").size(1));
  number("visible", step.taps.at("ids_keep").size(1));
  number("max_sentence", step.taps.at("similarity").size(1));
  const json& sets = file.at("topk_sets");
  for (size_t b = 0; b < sets.size(); ++b) {
    for (size_t s = 0; s < sets[b].size(); ++s) {
      const at::Tensor expected = FromJson(sets[b][s]);
      const at::Tensor found = std::get<0>(step.taps.at("topk_idx")[b][s].slice(0, 0, expected.numel()).sort());
      rows.push_back(Compare(absl::StrCat(run, " topk_sets[", b, "][", s, "]"), found, expected, kExact));
    }
  }
}

void CompareReference(const json& reference, const Step& step, const std::map<std::string, at::Tensor>& gradients,
                      const std::string& label, bool strict, Rows& rows) {
  for (const auto& [name, value] : reference.at("loss").items()) {
    const auto found = step.loss.find(name);
    rows.push_back(Compare(absl::StrCat(label, "/loss/", name), found == step.loss.end() ? at::Tensor() : found->second,
                           at::scalar_tensor(value.get<double>(), at::kDouble), {.relative = strict ? 1e-10 : 5e-6}));
  }
  for (const auto& [name, value] : reference.at("mid").items()) {
    const auto found = step.taps.find(name);
    rows.push_back(CompareChecksum(absl::StrCat(label, "/mid/", name), found == step.taps.end() ? at::Tensor() : found->second,
                                   value, {.relative = strict ? 1e-11 : 1e-5}));
  }
  double largest = 0;
  for (const auto& [name, value] : reference.at("grad").items()) largest = std::max(largest, value.at("absmax").get<double>());
  const Tolerance tolerance = {.relative = strict ? 1e-10 : 1e-4, .absolute = (strict ? 1e-14 : 1e-7) * largest};
  const auto gradient = [&](const std::string& name) {
    const auto found = gradients.find(name);
    return found == gradients.end() ? at::Tensor() : found->second;
  };
  for (const auto& [name, value] : reference.at("grad").items()) {
    rows.push_back(CompareChecksum(absl::StrCat(label, "/grad/", name), gradient(name), value, tolerance));
  }
  rows.push_back(CompareChecksum(absl::StrCat(label, "/grad_image"), gradient("@image"), reference.at("grad_image"), tolerance));
}

absl::StatusOr<Rows> Replay(const std::string& path, Precision precision) {
  ASAP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  const json file = json::parse(text);
  const AsapConfig config = ConfigOfTrueSize(file);
  Rows rows;
  for (const NamedPrecision& run : Precisions(precision)) {
    ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<AsapModel> model, AsapModel::Create(config));
    Rows made;  // the same for each precision
    ASAP_RETURN_IF_ERROR(MakeWeights(file, *model, made));
    ASAP_ASSIGN_OR_RETURN(Batch batch, MakeBatch(file, config, made));
    if (rows.empty()) rows = std::move(made);
    model->To(run.type);
    batch.volumes = batch.volumes.to(run.type, /*non_blocking=*/false, /*copy=*/true).set_requires_grad(true);
    ASAP_ASSIGN_OR_RETURN(Step step, RunStep(*model, batch));
    LogInfo(absl::StrCat(run.name, ": forward pass done"));
    step.total.backward();
    step.total = at::Tensor();  // the graph goes
    std::map<std::string, at::Tensor> gradients = {{"@image", batch.volumes.grad()}};
    for (const NamedTensor& parameter : model->Parameters()) {
      if (parameter.tensor.grad().defined()) gradients[parameter.name] = parameter.tensor.grad();
    }
    CompareDiscrete(file, step, run.name, rows);
    const bool strict = run.type == at::kDouble;
    CompareReference(file.at("f64"), step, gradients, absl::StrCat(run.name, " f64"), strict, rows);
    if (!strict) CompareReference(file.at("f32"), step, gradients, absl::StrCat(run.name, " f32"), strict, rows);
    for (const auto& [name, gradient] : gradients) {
      if (name == "@image" || file.at("f64").at("grad").contains(name)) continue;
      rows.push_back(Compare(absl::StrCat(run.name, " no gradient of ", name), gradient.abs().max().item<double>(), 0.0, kExact));
    }
  }
  return rows;
}

}  // namespace

absl::StatusOr<Rows> ReplayTrueSize(const std::string& path, Precision precision) {
  return Guarded(path, [&] { return Replay(path, precision); });
}

}  // namespace asap::golden
