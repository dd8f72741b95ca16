// A dataset with something changed, for tests of what a task does with it.
#ifndef ASAP_CORE_TESTING_DATASET_CHANGED_DATASET_H_
#define ASAP_CORE_TESTING_DATASET_CHANGED_DATASET_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/dataset.h"

namespace asap {

class ChangedDataset : public Dataset {
 public:
  explicit ChangedDataset(std::unique_ptr<Dataset> original)
      : original_(std::move(original)), card_(original_->card()), size_(original_->size()) {}

  // Null: as they are.
  std::function<void(std::map<std::string, double>&)> change_labels;
  std::function<void(int64_t index, CaseInfo&)> change_info;
  // The case whose labels, mask and report are given for case `index`.
  std::function<int64_t(int64_t index)> annotated_as;
  DatasetCard& mutable_card() { return card_; }
  void Resize(int64_t size) { size_ = size; }

  const DatasetCard& card() const override { return card_; }
  int64_t size() const override { return size_; }
  CaseInfo Info(int64_t index) const override {
    CaseInfo info = original_->Info(index);
    if (change_info != nullptr) change_info(index, info);
    return info;
  }
  absl::StatusOr<ReportText> Report(int64_t index) const override { return original_->Report(AnnotatedAs(index)); }
  absl::StatusOr<std::unique_ptr<VoxelSource>> Volume(int64_t index) const override { return original_->Volume(index); }
  absl::StatusOr<std::unique_ptr<VoxelSource>> Mask(int64_t index) const override { return original_->Mask(AnnotatedAs(index)); }
  std::string Fingerprint(int64_t index) const override { return original_->Fingerprint(index); }
  std::string MaskFingerprint(int64_t index) const override { return original_->MaskFingerprint(index); }
  std::vector<std::string> TableNames() const override { return original_->TableNames(); }
  absl::StatusOr<std::vector<DatasetRow>> Table(absl::string_view name) const override { return original_->Table(name); }
  absl::StatusOr<std::map<std::string, double>> Labels(int64_t index) const override {
    absl::StatusOr<std::map<std::string, double>> labels = original_->Labels(AnnotatedAs(index));
    if (labels.ok() && change_labels != nullptr) change_labels(*labels);
    return labels;
  }
  std::vector<DatasetProblem> Verify(const std::function<void(int64_t)>& progress) const override {
    return original_->Verify(progress);
  }

 private:
  int64_t AnnotatedAs(int64_t index) const { return annotated_as == nullptr ? index : annotated_as(index); }

  std::unique_ptr<Dataset> original_;
  DatasetCard card_;
  int64_t size_;
};

}  // namespace asap

#endif  // ASAP_CORE_TESTING_DATASET_CHANGED_DATASET_H_
