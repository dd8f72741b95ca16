#include <numeric>

#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "modules/heads/pooling.h"
#include "modules/vit3d/drop_path.h"
#include "modules/vit3d/vision_transformer.h"
#include "tests/golden/heads/head_run.h"
#include "tests/golden/heads/kinds.h"

namespace asap::golden {
namespace {

using nlohmann::json;

// What the branches are multiplied by, [depth, 2, B], from the fixture's draws [2 (depth - 1), B] of all blocks but the first.
at::Tensor PinnedScales(const at::Tensor& keep, const at::Tensor& keep_prob) {
  const at::Tensor scales = keep.to(at::kDouble) / keep_prob.unsqueeze(1);
  return at::cat({at::ones({2, keep.size(1)}, at::kDouble), scales}).reshape({-1, 2, keep.size(1)});
}

void CompareDropPathRates(const TaskFile& file, const at::Tensor& keep, const NamedPrecision& run, Rows& rows) {
  const json& cfg = file.meta.at("cfg");
  const at::Tensor rates = DropPathRates(cfg.at("drop_path").get<double>(), cfg.at("depth").get<int64_t>()).to(at::kDouble);
  const auto key = [&](const char* name) { return absl::StrCat(run.name, " meta/", name); };
  rows.push_back(Compare(key("droppath_rates"), rates, FromJson(file.meta.at("droppath_rates")), kExact));
  const at::Tensor kept = (1 - rates.slice(0, 1)).repeat_interleave(2);
  rows.push_back(Compare(key("droppath_keep_prob"), kept, FromJson(file.meta.at("droppath_keep_prob")), {.absolute = 1e-15}));
  if (!file.meta.contains("droppath_dropped")) return;
  rows.push_back(
      Compare(key("droppath_dropped"), keep.eq(0).sum().item<double>(), file.meta.at("droppath_dropped").get<double>(), kExact));
}

}  // namespace

absl::Status ReplayClassification(const TaskFile& file, const NamedPrecision& run, Rows& rows) {
  const json& cfg = file.meta.at("cfg");
  ASAP_ASSIGN_OR_RETURN(const FrozenEncoder encoder, EncoderOf(file, /*prefix=*/"", run.type));
  ASAP_ASSIGN_OR_RETURN(const at::Tensor given, Input(file, "image"));
  ASAP_ASSIGN_OR_RETURN(const at::Tensor label, Input(file, "label"));
  const at::NoGradGuard no_grad;
  const at::Tensor image = given.to(run.type);
  const VitOptions& vit = encoder.model->options();
  std::vector<int64_t> blocks(vit.depth);
  std::iota(blocks.begin(), blocks.end(), int64_t{0});

  TensorMap computed;
  std::vector<at::Tensor> outputs;
  encoder.model->Encode(image, blocks, &outputs);
  for (const int64_t block : blocks) computed[absl::StrCat("mid/block_", block)] = outputs[block];
  Taps taps;
  const at::Tensor every = at::arange(vit.patches()).expand({image.size(0), -1});
  encoder.model->EncodeVisible(image, every, &taps);
  computed["mid/patch_embed"] = taps.at("patch_embed");
  computed["mid/pooled"] = outputs.back().slice(1, 1).mean(1);
  computed["mid/features"] = encoder.Features(computed["mid/pooled"]);

  if (const auto keep = file.integers.find("droppath_keep"); keep != file.integers.end()) {
    CompareDropPathRates(file, keep->second, run, rows);
    const at::Tensor scales = PinnedScales(keep->second, FromJson(file.meta.at("droppath_keep_prob")));
    std::vector<at::Tensor> noisy;
    encoder.model->Encode(image, {vit.depth - 1}, &noisy, scales);
    computed["mid/features_droppath"] = encoder.Features(noisy[0].slice(1, 1).mean(1));
  }

  const std::string loss = cfg.at("loss").get<std::string>();
  if (loss != "bce" && loss != "ce") return Damaged(absl::StrCat("unknown loss ", loss));
  const HeadOptions options =
      LinearHead(loss == "bce" ? HeadLoss::kBinary : HeadLoss::kSoftmax, vit.width, cfg.at("classes").get<int64_t>());
  const TargetTensors targets = loss == "bce" ? Typed(label, {}, {}, run.type) : Typed({}, label.flatten(), {}, run.type);
  ASAP_ASSIGN_OR_RETURN(const HeadPass pass, RunHead(options, WeightsOf(file), computed["mid/features"], targets, run.type));
  computed["mid/logits"] = pass.logits;
  computed["mid/prob"] = loss == "bce" ? pass.logits.sigmoid() : pass.logits.softmax(1);
  computed["loss/" + loss] = at::scalar_tensor(pass.step.loss, at::kDouble);
  for (const NamedTensor& gradient : pass.gradients) computed["grad/" + gradient.name] = gradient.tensor;
  CompareValues(file, computed, run, rows);
  for (const char* reference : {"loss64", "loss32"}) {
    if (!file.meta.contains(reference) || (run.type == at::kDouble && std::string(reference) == "loss32")) continue;
    rows.push_back(Compare(absl::StrCat(run.name, " meta/", reference), pass.step.loss, file.meta.at(reference).get<double>(),
                           TaskTolerance("loss", run)));
  }
  return absl::OkStatus();
}

}  // namespace asap::golden
