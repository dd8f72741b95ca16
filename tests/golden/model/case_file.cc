#include "tests/golden/model/case_file.h"

#include <ATen/ops/ones.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/status.h"
#include "core/io/safetensors.h"
#include "tests/golden/model/fixture.h"

namespace asap::golden {

absl::StatusOr<Batch> BatchOf(const std::map<std::string, at::Tensor>& inputs) {
  for (const char* key : {"image", "mask", "noise", "ids_f", "attention_mask_f", "type_ids_f", "sentence_mask_f", "ids",
                          "attention_mask", "type_ids", "masked_ids"}) {
    if (inputs.count(key) == 0) return Damaged(absl::StrCat("it has no in/", key));
  }
  for (const char* key : {"type_ids", "type_ids_f"}) {
    if (inputs.at(key).ne(0).any().item<bool>()) return Damaged(absl::StrCat("in/", key, " is not all 0"));
  }
  const at::Tensor& mask = inputs.at("mask");
  if (mask.lt(0).logical_or(mask.gt(255)).logical_or(mask.ne(mask.floor())).any().item<bool>()) {
    return Damaged("in/mask has a value that is no label");
  }
  Batch batch;
  for (int64_t i = 0; i < inputs.at("image").size(0); ++i) batch.case_ids.push_back(absl::StrCat("golden", i));
  batch.volumes = inputs.at("image");
  batch.masks = mask.to(at::kByte);
  batch.has_mask = at::ones({batch.size()}, at::kBool);
  batch.patch_noise = inputs.at("noise");
  batch.findings_ids = inputs.at("ids_f").to(at::kLong);
  batch.findings_attention = inputs.at("attention_mask_f").to(at::kLong);
  batch.findings_sentence = inputs.at("sentence_mask_f").to(at::kLong);
  batch.report_ids = inputs.at("ids").to(at::kLong);
  batch.report_attention = inputs.at("attention_mask").to(at::kLong);
  batch.report_masked_ids = inputs.at("masked_ids").to(at::kLong);
  return batch;
}

absl::StatusOr<CaseFile> ReadCase(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(Safetensors read, ReadSafetensors(path));
  const auto meta = read.metadata.find("meta");
  if (meta == read.metadata.end()) return Damaged("its header has no metadata \"meta\"");
  CaseFile file;
  file.meta = nlohmann::json::parse(meta->second);
  file.config = ConfigOfCase(file.meta.at("cfg"));
  std::map<std::string, at::Tensor> inputs;
  for (const auto& [key, tensor] : read.tensors) {
    absl::string_view name = key;
    if (absl::ConsumePrefix(&name, "w/")) {
      file.weights[std::string(name)] = tensor;
    } else if (absl::ConsumePrefix(&name, "in/")) {
      inputs[std::string(name)] = tensor;
    } else if (absl::ConsumePrefix(&name, "int/")) {
      file.integers[std::string(name)] = tensor;
    } else if (absl::StartsWith(key, "mid") || absl::StartsWith(key, "loss") || absl::StartsWith(key, "grad")) {
      file.values[key] = tensor;
    } else {
      return Damaged(absl::StrCat("unknown key ", key));
    }
  }
  ASAP_ASSIGN_OR_RETURN(file.batch, BatchOf(inputs));
  return file;
}

absl::StatusOr<std::unique_ptr<AsapModel>> ModelOfCase(const CaseFile& file, at::ScalarType type) {
  ASAP_ASSIGN_OR_RETURN(std::unique_ptr<AsapModel> model, AsapModel::Create(file.config));
  model->To(type);
  ASAP_ASSIGN_OR_RETURN(const LoadReport report, model->Load(file.weights));
  if (!report.missing.empty() || !report.unexpected.empty()) return Damaged(absl::StrCat("weights: ", report.Summary()));
  return model;
}

}  // namespace asap::golden
