#include "tests/golden/model/fixture.h"

#include <ATen/TensorOperators.h>

#include "absl/strings/str_cat.h"
#include "modules/vit3d/patches.h"

namespace asap::golden {

AsapConfig ConfigOfCase(const nlohmann::json& cfg) {
  const auto number = [&](const char* key) { return cfg.at(key).get<int64_t>(); };
  AsapConfig config;
  config.volume = cfg.at("img_size").get<std::array<int64_t, 3>>();
  config.patch = cfg.at("patch_size").get<std::array<int64_t, 3>>();
  config.width = number("embed_dim");
  config.depth = number("depth");
  config.heads = number("num_heads");
  config.decoder_width = number("decoder_embed_dim");
  config.decoder_depth = number("decoder_depth");
  config.decoder_heads = number("decoder_num_heads");
  config.mask_ratio = cfg.at("mask_ratio").get<double>();
  config.text.vocabulary = number("vocab");
  config.text.width = config.width;
  config.text.layers = number("enc_bert_layers");
  config.text.heads = number("enc_bert_heads");
  config.text.intermediate = number("enc_bert_inter");
  config.text.max_positions = number("enc_bert_maxpos");
  config.report.layers = number("dec_bert_layers");
  config.report.heads = number("dec_bert_heads");
  config.report.intermediate = number("dec_bert_inter");
  config.text_length = number("text_len");
  return config.UpstreamCompat();
}

AsapConfig ConfigOfTrueSize(const nlohmann::json& file) {
  AsapConfig config = AsapConfig::VitB();
  config.volume = file.at("img_size").get<std::array<int64_t, 3>>();
  config.patch = file.at("patch_size").get<std::array<int64_t, 3>>();
  config.text_length = file.at("text_len").get<int64_t>();
  return config.UpstreamCompat();
}

Batch OnDevice(Batch batch, c10::Device device) {
  for (at::Tensor* tensor : batch.DeviceTensors()) {
    if (tensor->defined()) *tensor = tensor->to(device);
  }
  return batch;
}

absl::StatusOr<Step> RunStep(AsapModel& model, const Batch& batch) {
  Step step;
  model.SetTraining(false);
  model.SetTaps(&step.taps);
  absl::StatusOr<std::vector<LossTerm>> terms = model.Forward(batch);
  model.SetTaps(nullptr);
  if (!terms.ok()) return terms.status();
  for (auto& [name, tap] : step.taps) tap = tap.cpu();
  const std::map<std::string, std::string> published = {
      {"image", "mim"}, {"injection", "injection"}, {"report", "mlm"}, {"alignment", "align"}};
  for (const LossTerm& term : *terms) {
    step.loss[published.at(term.name)] = term.value.detach().cpu();
    step.total = step.total.defined() ? step.total + term.value : term.value;
  }
  step.loss["total"] = step.total.detach().cpu();
  for (const char* part : {"align_sent2img", "align_img2sent"}) step.loss[part] = step.taps.at(part);

  const AsapConfig& config = model.config();
  std::array<int64_t, 3> grid;
  for (int axis = 0; axis < 3; ++axis) grid[axis] = config.volume[axis] / config.patch[axis];
  const at::Tensor hidden =
      step.taps.at("mask").unsqueeze(-1).expand({-1, -1, config.patch[0] * config.patch[1] * config.patch[2]});
  step.taps["pixel_mask"] = Unpatchify(hidden, grid, config.patch);
  step.taps["pred_img"] = Unpatchify(step.taps.at("decoder_pred_pixels"), grid, config.patch);
  const at::Tensor counts = step.taps.at("aki_counts").to(at::kDouble);
  step.taps["aki_target"] = counts / counts.sum(-1, /*keepdim=*/true);
  return step;
}

}  // namespace asap::golden
