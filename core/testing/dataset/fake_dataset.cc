#include "core/testing/dataset/fake_dataset.h"

#include <stdexcept>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/imaging/memory_source.h"

namespace asap {
namespace {

std::unique_ptr<VoxelSource> MakeSource(int64_t index, const Index3& size, const FakeDataset::VoxelFunction& value) {
  Volume<int16_t> volume;
  volume.geometry.size = size;
  volume.voxels.reserve(volume.geometry.voxels());
  for (int64_t z = 0; z < size[2]; ++z) {
    for (int64_t y = 0; y < size[1]; ++y) {
      for (int64_t x = 0; x < size[0]; ++x) volume.voxels.push_back(value(index, {x, y, z}));
    }
  }
  return MakeVoxelSource(std::move(volume));
}

ReportText ReportOf(int64_t index) {
  return {.findings = absl::StrCat("Left nodule ", index, ". Heart normal."), .impression = "Nodule."};
}

}  // namespace

FakeDataset::FakeDataset(const std::string& name, const Index3& size) : size_(size) {
  card_ = {.name = name,
           .title = "Cases in memory",
           .source = "a test",
           .licence = "none needed",
           .population = "nobody",
           .acquisition = "none",
           .mask_classes = {"background", "right lung", "left lung", "heart"},
           .mirrored_classes = {{1, 2}}};
  // Right lung in the lower half of axis 0, left lung in the upper.
  label = [half = size[0] / 2](int64_t, const Index3& at) { return static_cast<int16_t>(at[0] < half ? 1 : 2); };
}

FakeDataset::FakeDataset(int64_t count, const Index3& size) : FakeDataset("fake", size) {
  for (int64_t i = 0; i < count; ++i) {
    cases.push_back({.id = absl::StrCat("case-", i), .patient = absl::StrCat("patient-", i), .has_mask = true});
    reports.push_back(ReportOf(i));
  }
  labels.resize(count);
  voxel = [](int64_t index, const Index3& at) {
    return static_cast<int16_t>((index * 37 + at[0] * 11 + at[1] * 5 + at[2] * 3) % 1000 - 500);
  };
}

FakeDataset::FakeDataset(std::vector<CaseInfo> given, LabelRows given_labels, const std::string& name)
    : FakeDataset(name, {8, 8, 8}) {
  cases = std::move(given);
  labels = std::move(given_labels);
  labels.resize(cases.size());
  std::set<std::string> names;
  for (const auto& row : labels) {
    for (const auto& [label_name, value] : row) names.insert(label_name);
  }
  card_.label_names.assign(names.begin(), names.end());
  for (int64_t i = 0; i < size(); ++i) reports.push_back(ReportOf(i));
  voxel = [](int64_t, const Index3&) { return int16_t{0}; };
}

CaseInfo FakeDataset::Info(int64_t index) const {
  CaseInfo info = cases[index];
  info.has_mask &= !without_mask.contains(index);
  return info;
}

absl::StatusOr<std::unique_ptr<VoxelSource>> FakeDataset::Volume(int64_t index) const {
  ++reads;
  if (delay.count() > 0) std::this_thread::sleep_for(delay * (1 + index % 3));
  if (unreadable.contains(index)) {
    return absl::DataLossError(absl::StrCat("/data/", index, ".nii.gz: unexpected end of file at byte 812"));
  }
  if (throwing.contains(index)) throw std::runtime_error("a library's exception");
  const auto value = values_.find(index);
  if (value == values_.end()) return MakeSource(index, size_, voxel);
  return MakeSource(index, size_, [hu = value->second](int64_t, const Index3&) { return hu; });
}

absl::StatusOr<std::unique_ptr<VoxelSource>> FakeDataset::Mask(int64_t index) const {
  if (!Info(index).has_mask) return absl::NotFoundError(absl::StrCat("case ", cases[index].id, ": has no mask"));
  Index3 size = size_;
  if (wrong_mask.contains(index)) ++size[2];
  return MakeSource(index, size, label);
}

std::string FakeDataset::Fingerprint(int64_t index) const {
  if (fingerprint.empty()) return "";
  const auto value = values_.find(index);
  return absl::StrCat(fingerprint, " ", index, " ", value == values_.end() ? "" : absl::StrCat(value->second));
}

std::string FakeDataset::MaskFingerprint(int64_t index) const {
  return fingerprint.empty() || !Info(index).has_mask ? "" : absl::StrCat(fingerprint, " mask ", index);
}

std::vector<std::string> FakeDataset::TableNames() const {
  std::vector<std::string> names;
  for (const auto& [name, rows] : tables) names.push_back(name);
  return names;
}

absl::StatusOr<std::vector<DatasetRow>> FakeDataset::Table(absl::string_view name) const {
  const auto table = tables.find(std::string(name));
  if (table == tables.end()) return Dataset::Table(name);
  return table->second;
}

std::vector<DatasetProblem> FakeDataset::Verify(const std::function<void(int64_t done)>& progress) const {
  for (int64_t i = 0; progress != nullptr && i < size(); ++i) progress(i + 1);
  return problems;
}

}  // namespace asap
