// A dataset of rows in memory, for tests of what a benchmark does with cases: each row's volume is a constant.
#ifndef ASAP_CORE_BENCHMARK_TABLE_DATASET_FOR_TESTING_H_
#define ASAP_CORE_BENCHMARK_TABLE_DATASET_FOR_TESTING_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/dataset.h"
#include "core/imaging/memory_source.h"

namespace asap {

class TableDataset : public Dataset {
 public:
  using LabelRows = std::vector<std::map<std::string, double>>;
  explicit TableDataset(std::vector<CaseInfo> cases, LabelRows labels = {}, const std::string& name = "table")
      : cases_(std::move(cases)), labels_(std::move(labels)) {
    card_.name = name;
    labels_.resize(cases_.size());
    values_.resize(cases_.size(), 0);
  }

  // HU of each case's voxels, and how its files are said to be.
  void SetValue(int64_t index, int16_t value) { values_[index] = value; }
  void SetFingerprint(const std::string& text) { fingerprint_ = text; }
  mutable int64_t volumes_read = 0;

  const DatasetCard& card() const override { return card_; }
  int64_t size() const override { return static_cast<int64_t>(cases_.size()); }
  CaseInfo Info(int64_t index) const override { return cases_[index]; }
  absl::StatusOr<ReportText> Report(int64_t) const override { return absl::NotFoundError("no report"); }
  absl::StatusOr<std::unique_ptr<VoxelSource>> Volume(int64_t index) const override {
    ++volumes_read;
    asap::Volume<int16_t> volume;
    volume.geometry.size = {8, 8, 8};
    volume.voxels.assign(512, values_[index]);
    return MakeVoxelSource(std::move(volume));
  }
  absl::StatusOr<std::unique_ptr<VoxelSource>> Mask(int64_t) const override { return absl::NotFoundError("no mask"); }
  std::string Fingerprint(int64_t index) const override {
    return fingerprint_.empty() ? "" : absl::StrCat(fingerprint_, values_[index]);
  }
  absl::StatusOr<std::map<std::string, double>> Labels(int64_t index) const override { return labels_[index]; }
  std::vector<DatasetProblem> Verify(const std::function<void(int64_t)>&) const override { return {}; }

 private:
  DatasetCard card_;
  std::vector<CaseInfo> cases_;
  LabelRows labels_;
  std::vector<int16_t> values_;
  std::string fingerprint_;
};

}  // namespace asap

#endif  // ASAP_CORE_BENCHMARK_TABLE_DATASET_FOR_TESTING_H_
