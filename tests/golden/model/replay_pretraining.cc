// The closed-form cases of pretraining_golden.json: its own generator, float32, sums instead of norms.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "tests/golden/model/case_file.h"
#include "tests/golden/model/compare.h"
#include "tests/golden/model/fixture.h"

namespace asap::golden {
namespace {

using nlohmann::json;

uint32_t Mix32(uint32_t h) {
  h ^= h >> 16;
  h *= 0x7feb352du;
  h ^= h >> 15;
  h *= 0x846ca68bu;
  return h ^ (h >> 16);
}

uint32_t Seed32(const std::string& name) {
  uint32_t hash = 0x811c9dc5u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193u;
  return Mix32(hash);
}

float Uniform(uint32_t seed, int64_t i) { return static_cast<float>(Mix32(static_cast<uint32_t>(i) ^ seed) >> 8) * 0x1p-24f; }

at::Tensor Uniforms(const std::string& name, at::IntArrayRef shape) {
  at::Tensor values = at::empty(shape, at::kFloat);
  const uint32_t seed = Seed32(name);
  float* out = values.data_ptr<float>();
  for (int64_t i = 0; i < values.numel(); ++i) out[i] = Uniform(seed, i);
  return values;
}

at::Tensor Symmetric(const std::string& name, at::IntArrayRef shape, double a) {
  return Uniforms(name, shape).sub_(0.5).mul_(2 * a);
}

at::Tensor Weight(const std::string& name, at::IntArrayRef shape) {
  if (shape.size() == 1) {
    return absl::EndsWith(name, ".weight") ? Symmetric(name, shape, 0x1p-4).add_(1) : Symmetric(name, shape, 0x1p-6);
  }
  return Symmetric(name, shape, name == "regression_head.weight" ? 0.5 : 0x1p-5);
}

AsapConfig Config(const std::string& variant) {
  AsapConfig config = AsapConfig::VitB();
  if (absl::StartsWith(variant, "tiny")) {
    config.volume = {128, 128, 64};
    config.depth = 2;
    config.decoder_depth = 2;
    config.text.layers = 2;
    config.report.layers = 1;
  }
  return config.UpstreamCompat();
}

// Token rows are stored to their last token; attention is 1 there.
void PadText(const json& rows, int64_t length, at::Tensor& ids, at::Tensor* attention) {
  ids = at::zeros({static_cast<int64_t>(rows.size()), length}, at::kLong);
  if (attention != nullptr) *attention = at::zeros_like(ids);
  for (size_t b = 0; b < rows.size(); ++b) {
    const at::Tensor row = FromJson(rows[b]).to(at::kLong);
    ids[b].slice(0, 0, row.numel()).copy_(row);
    if (attention != nullptr) (*attention)[b].slice(0, 0, row.numel()).fill_(1);
  }
}

Batch MakeBatch(const json& file, const AsapConfig& config) {
  const auto [h, w, d] = std::tuple(config.volume[0], config.volume[1], config.volume[2]);
  const int64_t length = config.text_length;
  Batch batch;
  std::vector<at::Tensor> images, masks, noises;
  PadText(file.at("ids_f"), length, batch.findings_ids, &batch.findings_attention);
  PadText(file.at("sentence_mask_f"), length, batch.findings_sentence, nullptr);
  PadText(file.at("ids"), length, batch.report_ids, &batch.report_attention);
  batch.report_masked_ids = batch.report_ids.clone();
  for (int64_t b = 0; b < batch.report_ids.size(0); ++b) {
    batch.case_ids.push_back(absl::StrCat("golden", b));
    images.push_back(Symmetric(absl::StrCat("image", b), {1, h, w, d}, 1));
    noises.push_back(Uniforms(absl::StrCat("noise", b), {config.patches()}));
    const at::Tensor x = at::arange(h).floor_divide(37).view({h, 1, 1}), y = at::arange(w).floor_divide(29).view({w, 1});
    masks.push_back((x + y + at::arange(d).floor_divide(17) + b).remainder(9).to(at::kByte).unsqueeze(0));
    const uint32_t seed = Seed32(absl::StrCat("textmask", b));
    const at::Tensor row = batch.report_masked_ids[b];
    auto ids = row.accessor<int64_t, 1>();
    for (int64_t t = 1; t + 1 < length; ++t) {
      if (ids[t] != 3 && Uniform(seed, t) < 0.75f) ids[t] = 4;
    }
  }
  batch.volumes = at::stack(images);
  batch.masks = at::stack(masks);
  batch.patch_noise = at::stack(noises);
  batch.has_mask = at::ones({batch.size()}, at::kBool);
  return batch;
}

// {"n", "sum", "abs", "first", "last"}: the sums relative to the sum of magnitudes, elements to the mean magnitude.
Row CompareSums(const std::string& key, const at::Tensor& actual, const json& expected) {
  const at::Tensor flat = actual.detach().to(at::kDouble).flatten();
  const json& first = expected.at("first");
  const json& last = expected.at("last");
  if (flat.numel() != expected.at("n").get<int64_t>()) return Compare(key, at::Tensor(), at::zeros({1}), kExact);
  const double magnitude = expected.at("abs").get<double>();
  Row sums = Compare(key, at::stack({flat.sum(), flat.abs().sum()}),
                     at::tensor({expected.at("sum").get<double>(), magnitude}, at::kDouble), {.absolute = 2e-6 * magnitude});
  const at::Tensor ends = at::cat({flat.slice(0, 0, first.size()), flat.slice(0, flat.numel() - last.size())});
  const Row row = Compare(key, ends, at::cat({FromJson(first), FromJson(last)}), {.relative = 1e-4, .absolute = 1e-6});
  sums.ok = sums.ok && row.ok;
  return sums;
}

absl::Status ReplayVariant(const json& file, const std::string& variant, Rows& rows) {
  const AsapConfig config = Config(variant);
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<AsapModel> model, AsapModel::Create(config));
  {
    const at::NoGradGuard no_grad;
    for (NamedTensor& named : model->State()) named.tensor.copy_(Weight(named.name, named.tensor.sizes()));
  }
  const Batch batch = MakeBatch(file, config);
  ASAP_ASSIGN_OR_RETURN(const Step step, RunStep(*model, batch));
  step.total.backward();
  const auto label = [&](absl::string_view what) { return absl::StrCat(variant, " ", what); };
  for (const auto& [name, value] : file.at("losses").items()) {
    rows.push_back(Compare(label("losses/" + name), step.loss.at(name).item<double>(), value.get<double>(), {.relative = 5e-6}));
  }
  const std::map<std::string, std::string> sums = {{"latent", "latent"},
                                                   {"text_findings_last_hidden", "finding_feature"},
                                                   {"text_masked_report_last_hidden", "report_feature_bert"},
                                                   {"injection_logits", "aki_logits"},
                                                   {"pixel_pred", "decoder_pred_pixels"},
                                                   {"topk_similarity_patch", "topk_similarity_patch"},
                                                   {"fusion_out", "fusion_feature"},
                                                   {"bert_decoder_last_hidden", "mlm_sequence"},
                                                   {"mlm_logits", "mlm_logits"}};
  for (const auto& [key, tap] : sums) rows.push_back(CompareSums(label(key), step.taps.at(tap), file.at(key)));
  const at::Tensor counts = step.taps.at("sentence_nums");
  for (int64_t b = 0; b < batch.size(); ++b) {
    const int64_t valid = counts[b].item<int64_t>();
    rows.push_back(CompareSums(label(absl::StrCat("gap_img_feature_valid/", b)),
                               step.taps.at("region_feature")[b].slice(0, 0, valid), file.at("gap_img_feature_valid").at(b)));
    rows.push_back(CompareSums(label(absl::StrCat("sentence_feature_valid/", b)),
                               step.taps.at("sentence_feature")[b].slice(0, 0, valid), file.at("sentence_feature_valid").at(b)));
    double masked = batch.report_masked_ids[b].eq(4).sum().item<double>();
    rows.push_back(Compare(label(absl::StrCat("masked_count/", b)), masked, file.at("masked_count").at(b).get<double>(), kExact));
    const at::Tensor first = FromJson(file.at("masked_ids_first40").at(b));
    rows.push_back(Compare(label(absl::StrCat("masked_ids_first40/", b)), batch.report_masked_ids[b].slice(0, 0, first.numel()),
                           first, kExact));
  }
  rows.push_back(Compare(label("k"), step.taps.at("k"), FromJson(file.at("k")), kExact));
  rows.push_back(Compare(label("align_mask"), step.taps.at("align_mask"), FromJson(file.at("align_mask")), kExact));
  rows.push_back(Compare(label("regression_logits"), step.taps.at("regression_raw"), FromJson(file.at("regression_logits")),
                         {.relative = 1e-5}));
  rows.push_back(
      Compare(label("mask_sum"), step.taps.at("mask").sum().item<double>(), file.at("mask_sum").get<double>(), kExact));
  rows.push_back(
      Compare(label("mask_first16"), step.taps.at("mask")[0].slice(0, 0, 16), FromJson(file.at("mask_first16")), kExact));
  rows.push_back(Compare(label("ids_restore_first8"), step.taps.at("ids_restore")[0].slice(0, 0, 8),
                         FromJson(file.at("ids_restore_first8")), kExact));
  const json& norms = file.at("grad_norms");
  const double total = file.at("grad_total_norm").get<double>();
  double squares = 0;
  for (const NamedTensor& parameter : model->Parameters()) {
    const at::Tensor gradient = parameter.tensor.grad();
    const double norm = gradient.defined() ? gradient.to(at::kDouble).norm().item<double>() : 0;
    squares += norm * norm;
    const bool listed = norms.contains(parameter.name);
    rows.push_back(Compare(label("grad_norms/" + parameter.name), norm, listed ? norms.at(parameter.name).get<double>() : 0.0,
                           listed ? Tolerance{.relative = 1e-5, .absolute = 1e-7 * total} : kExact));
  }
  rows.push_back(Compare(label("grad_total_norm"), std::sqrt(squares), total, {.relative = 1e-6}));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Rows> ReplayPretraining(const std::string& path, PretrainingVariants variants) {
  return Guarded(path, [&]() -> absl::StatusOr<Rows> {
    ASAP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
    const json file = json::parse(text);
    Rows rows;
    for (const auto& [variant, contents] : file.items()) {
      if (variants == PretrainingVariants::kTiny && !absl::StartsWith(variant, "tiny")) continue;
      ASAP_RETURN_IF_ERROR(ReplayVariant(contents, variant, rows));
    }
    return rows;
  });
}

}  // namespace asap::golden
