#include "modules/pretraining/sample.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "core/base/random.h"
#include "core/base/status.h"
#include "core/bytes/large_buffer.h"

namespace asap {
namespace {

constexpr int kTextTensors = 6;

void FillRow(const std::vector<int64_t>& values, int64_t row, at::Tensor& tensor) {
  std::copy(values.begin(), values.end(), tensor.data_ptr<int64_t>() + row * tensor.size(1));
}

// With the case named once: most datasets name it themselves.
absl::Status OfCase(const absl::Status& status, const std::string& id) {
  const std::string prefix = absl::StrCat("case ", id, ": ");
  return absl::StartsWith(status.message(), prefix) ? status : Annotate(status, absl::StrCat("case ", id));
}

}  // namespace

absl::StatusOr<std::unique_ptr<SampleReader>> SampleReader::Open(const Dataset* dataset, SampleOptions options) {
  for (const int64_t length : options.augment.roi) {
    if (length < 1)
      return absl::InvalidArgumentError(absl::StrCat("a volume of ", length, " voxels along an axis makes no sense"));
  }
  for (const auto& [one, other] : dataset->card().mirrored_classes) {
    if (std::min(one, other) < 0 || std::max(one, other) > 255) {
      return absl::InvalidArgumentError(absl::StrCat("the dataset \"", dataset->card().name, "\" mirrors mask ids ", one, " and ",
                                                     other, ", which are not in 0 ... 255"));
    }
  }
  return std::unique_ptr<SampleReader>(new SampleReader(dataset, std::move(options)));
}

SampleReader::SampleReader(const Dataset* dataset, SampleOptions options)
    : dataset_(dataset),
      options_(std::move(options)),
      voxels_(options_.augment.roi[0] * options_.augment.roi[1] * options_.augment.roi[2]) {
  std::iota(mirror_.begin(), mirror_.end(), 0);
  for (const auto& [one, other] : dataset->card().mirrored_classes) std::swap(mirror_[one], mirror_[other]);
}

int64_t SampleReader::Bytes(int64_t rows) const {
  const int64_t tokens = options_.text == nullptr ? 0 : options_.text->options().max_length;
  return rows * (voxels_ * (sizeof(float) + sizeof(uint8_t)) + options_.patches * sizeof(float) +
                 kTextTensors * tokens * sizeof(int64_t) + sizeof(bool));
}

std::unique_ptr<TrainingBatch> SampleReader::Allocate(int64_t rows, bool pinned) const {
  const Index3& roi = options_.augment.roi;
  const auto empty = [pinned](at::IntArrayRef shape, at::ScalarType type) {
    return at::empty(shape, at::TensorOptions().dtype(type).pinned_memory(pinned));
  };
  auto made = std::make_unique<Batch>();
  Batch& batch = *made;
  batch.case_ids.resize(rows);
  batch.volumes = empty({rows, 1, roi[0], roi[1], roi[2]}, at::kFloat);
  if (!pinned) AdviseHugePages(batch.volumes.data_ptr<float>(), batch.volumes.nbytes());
  batch.masks = empty({rows, 1, roi[0], roi[1], roi[2]}, at::kByte);
  batch.has_mask = empty({rows}, at::kBool);
  batch.patch_noise = empty({rows, options_.patches}, at::kFloat);
  if (options_.text != nullptr) {
    const int64_t tokens = options_.text->options().max_length;
    for (at::Tensor* tensor : {&batch.findings_ids, &batch.findings_attention, &batch.findings_sentence, &batch.report_ids,
                               &batch.report_attention, &batch.report_masked_ids}) {
      *tensor = empty({rows, tokens}, at::kLong);
    }
    batch.mask_token = options_.text->tokenizer().special().mask;
  }
  return made;
}

absl::Status SampleReader::FillImage(int64_t index, const CaseInfo& info, CounterRng rng, int64_t row, Batch& batch,
                                     bool& mirrored) const {
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<VoxelSource> volume, dataset_->Volume(index));
  const Index3& size = volume->geometry().size;
  const absl::Span<float> voxels(batch.volumes.data_ptr<float>() + row * voxels_, voxels_);
  ASAP_ASSIGN_OR_RETURN(const AugmentPlan plan, ReadNetworkInput(*volume, options_.augment, &rng, voxels));
  mirrored = plan.flip[0];

  const absl::Span<uint8_t> labels(batch.masks.data_ptr<uint8_t>() + row * voxels_, voxels_);
  batch.has_mask.data_ptr<bool>()[row] = info.has_mask;
  if (!info.has_mask) {
    std::fill(labels.begin(), labels.end(), uint8_t{0});
    return absl::OkStatus();
  }
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<VoxelSource> mask, dataset_->Mask(index));
  if (mask->geometry().size != size) {
    return absl::InvalidArgumentError(absl::StrCat("the mask has ", absl::StrJoin(mask->geometry().size, "x"),
                                                   " voxels, the volume ", absl::StrJoin(size, "x"),
                                                   ": resample the mask to the volume's grid"));
  }
  const size_t classes = dataset_->card().mask_classes.size();
  ASAP_RETURN_IF_ERROR(ReadMask(*mask, plan, options_.augment, labels, classes == 0 ? 255 : static_cast<int>(classes) - 1));
  if (mirrored && options_.mirror_masks) {
    for (uint8_t& label : labels) label = mirror_[label];
  }
  return absl::OkStatus();
}

absl::Status SampleReader::Fill(const RowDraw& draw, int64_t row, TrainingBatch& of_any_kind) const {
  Batch& batch = dynamic_cast<Batch&>(of_any_kind);
  const int64_t index = draw.index;
  const CaseInfo info = dataset_->Info(index);
  batch.case_ids[row] = info.id;
  bool mirrored = false;
  if (absl::Status status = FillImage(index, info, draw.Generator("augment"), row, batch, mirrored); !status.ok()) {
    return OfCase(status, info.id);
  }
  CounterRng noise = draw.Generator("patch noise");
  float* out = batch.patch_noise.data_ptr<float>() + row * options_.patches;
  // 24 bits: the float is exact and never reaches 1.
  for (int64_t i = 0; i < options_.patches; ++i) out[i] = static_cast<float>(noise.Next() >> 40) * 0x1.0p-24f;

  if (options_.text == nullptr) return absl::OkStatus();
  const absl::StatusOr<ReportText> report = dataset_->Report(index);
  if (!report.ok()) return OfCase(report.status(), info.id);
  CounterRng masking = draw.Generator("text masking");
  const EncodedReport encoded = options_.text->Encode(*report, mirrored, masking);
  FillRow(encoded.findings.ids, row, batch.findings_ids);
  FillRow(encoded.findings.attention, row, batch.findings_attention);
  FillRow(encoded.findings.sentence, row, batch.findings_sentence);
  FillRow(encoded.report.ids, row, batch.report_ids);
  FillRow(encoded.report.attention, row, batch.report_attention);
  FillRow(encoded.masked_ids, row, batch.report_masked_ids);
  return absl::OkStatus();
}

void SampleReader::Finish(TrainingBatch& of_any_kind) const {
  Batch& batch = dynamic_cast<Batch&>(of_any_kind);
  batch.facts = DescribeTexts(batch);
}

std::vector<std::pair<std::string, std::string>> SampleReader::Config() const {
  const AugmentOptions& augment = options_.augment;
  std::vector<std::pair<std::string, std::string>> config = {
      {"volume", absl::StrJoin(augment.roi, "x")},
      {"patches", absl::StrCat(options_.patches)},
      {"HU window", absl::StrCat(augment.hu_min, " ... ", augment.hu_max)},
      {"augmentation", absl::StrCat("scale ", augment.roi_scale, ", flip ", augment.flip_probability, ", shift ",
                                    augment.shift_probability, " by ", augment.shift_range)},
      {"mirrored masks", options_.mirror_masks ? "exchange sides" : "as they are"},
  };
  if (options_.text == nullptr) {
    config.emplace_back("text", "none");
  } else {
    const ReportEncoderOptions& text = options_.text->options();
    config.emplace_back("tokenizer", options_.text->tokenizer().fingerprint());
    config.emplace_back("text", absl::StrCat(text.max_length, " tokens, ", text.mask_probability, " masked",
                                             text.upstream_compat ? ", as the published code" : ""));
  }
  return config;
}

}  // namespace asap
