// A dataset in memory, for tests of whoever reads datasets. It passes the conformance kit as it is made; a test changes what it
// is about.
//
//   FakeDataset dataset(10);  // case-0 to case-9: voxels tell their case and place, masks have two lungs
//   dataset.unreadable = {5};
//
//   FakeDataset dataset({{.id = "a", .patient = "p"}, {.id = "b", .patient = "q"}}, {{{"Nodule", 1}}, {}}, "stoic");
//   dataset.SetValue(1, 300);  // all of b is 300 HU
//
// What a test may change is public. It is changed before the dataset is read, and not while threads read it.
#ifndef ASAP_CORE_TESTING_DATASET_FAKE_DATASET_H_
#define ASAP_CORE_TESTING_DATASET_FAKE_DATASET_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/dataset.h"

namespace asap {

class FakeDataset : public Dataset {
 public:
  using LabelRows = std::vector<std::map<std::string, double>>;
  // What is stored at a voxel of a case.
  using VoxelFunction = std::function<int16_t(int64_t index, const Index3& at)>;

  // Cases of a patient each, with masks, without splits and labels.
  explicit FakeDataset(int64_t cases, const Index3& size = {10, 9, 8});
  // The cases as they are given, each of 8x8x8 voxels of 0 HU. `labels`: a row a case, or none at all; the card names them all.
  explicit FakeDataset(std::vector<CaseInfo> cases, LabelRows labels = {}, const std::string& name = "fake");

  std::vector<CaseInfo> cases;
  LabelRows labels;                 // a row a case
  std::vector<ReportText> reports;  // one a case
  std::map<std::string, std::vector<DatasetRow>> tables;
  std::vector<DatasetProblem> problems;  // what Verify finds
  VoxelFunction voxel, label;            // of volumes and of masks
  // The beginning of what Fingerprint and MaskFingerprint say; both are empty where it is.
  std::string fingerprint = "memory";
  DatasetCard& mutable_card() { return card_; }
  // All voxels of the case are `value`; its fingerprint tells.
  void SetValue(int64_t index, int16_t value) { values_[index] = value; }

  // Cases whose volume cannot be read, whose reader throws, that have no mask after all, or one of a slice too many.
  std::set<int64_t> unreadable, throwing, without_mask, wrong_mask;
  std::chrono::microseconds delay{0};     // of Volume; every third case takes three times as long, so that threads overtake
  mutable std::atomic<int64_t> reads{0};  // calls of Volume

  const DatasetCard& card() const override { return card_; }
  int64_t size() const override { return static_cast<int64_t>(cases.size()); }
  CaseInfo Info(int64_t index) const override;
  absl::StatusOr<ReportText> Report(int64_t index) const override { return reports[index]; }
  absl::StatusOr<std::unique_ptr<VoxelSource>> Volume(int64_t index) const override;
  absl::StatusOr<std::unique_ptr<VoxelSource>> Mask(int64_t index) const override;
  std::string Fingerprint(int64_t index) const override;
  std::string MaskFingerprint(int64_t index) const override;
  absl::StatusOr<std::map<std::string, double>> Labels(int64_t index) const override { return labels[index]; }
  std::vector<std::string> TableNames() const override;
  absl::StatusOr<std::vector<DatasetRow>> Table(absl::string_view name) const override;
  std::vector<DatasetProblem> Verify(const std::function<void(int64_t done)>& progress) const override;

 private:
  FakeDataset(const std::string& name, const Index3& size);

  DatasetCard card_;
  Index3 size_;
  std::map<int64_t, int16_t> values_;  // of the cases whose voxels are all one
};

}  // namespace asap

#endif  // ASAP_CORE_TESTING_DATASET_FAKE_DATASET_H_
