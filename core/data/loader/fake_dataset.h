// A dataset in memory for tests: every case's voxels tell its index and their place. Cases can be made to fail, throw or be slow.
#ifndef ASAP_CORE_DATA_LOADER_FAKE_DATASET_H_
#define ASAP_CORE_DATA_LOADER_FAKE_DATASET_H_

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/dataset.h"

namespace asap {

class FakeVoxels : public VoxelSource {
 public:
  FakeVoxels(const Index3& size, std::function<int16_t(const Index3&)> value) : value_(std::move(value)) {
    geometry_.size = size;
  }
  const Geometry& geometry() const override { return geometry_; }
  absl::Status Read(const Box& box, absl::Span<int16_t> out) const override {
    size_t i = 0;
    for (int64_t x = 0; x < box.size[0]; ++x) {
      for (int64_t y = 0; y < box.size[1]; ++y) {
        for (int64_t z = 0; z < box.size[2]; ++z) out[i++] = value_({box.start[0] + x, box.start[1] + y, box.start[2] + z});
      }
    }
    return absl::OkStatus();
  }

 private:
  Geometry geometry_;
  std::function<int16_t(const Index3&)> value_;
};

class FakeDataset : public Dataset {
 public:
  explicit FakeDataset(int64_t cases, Index3 size = {10, 9, 8}) : cases_(cases), size_(size) {
    card_.name = "fake";
    card_.mask_classes = {"background", "right lung", "left lung", "heart"};
    card_.mirrored_classes = {{1, 2}};
  }

  std::set<int64_t> unreadable, throwing, without_mask, wrong_mask;
  std::chrono::microseconds delay{0};
  mutable std::atomic<int64_t> reads{0};

  const DatasetCard& card() const override { return card_; }
  DatasetCard& mutable_card() { return card_; }
  int64_t size() const override { return cases_; }
  CaseInfo Info(int64_t index) const override {
    return {.id = absl::StrCat("case-", index), .has_mask = without_mask.count(index) == 0};
  }
  absl::StatusOr<ReportText> Report(int64_t index) const override {
    return ReportText{.findings = absl::StrCat("Left nodule ", index, ". Heart normal."), .impression = "Nodule."};
  }
  absl::StatusOr<std::unique_ptr<VoxelSource>> Volume(int64_t index) const override {
    ++reads;
    // Late cases take longest, so that threads finish out of order.
    if (delay.count() > 0) std::this_thread::sleep_for(delay * (1 + index % 3));
    if (unreadable.count(index) > 0) {
      return absl::DataLossError(absl::StrCat("/data/", index, ".nii.gz: unexpected end of file at byte 812"));
    }
    if (throwing.count(index) > 0) throw std::runtime_error("a library's exception");
    return std::make_unique<FakeVoxels>(size_, [index](const Index3& at) {
      return static_cast<int16_t>((index * 37 + at[0] * 11 + at[1] * 5 + at[2] * 3) % 1000 - 500);
    });
  }
  // Right lung in the lower half of axis 0, left lung in the upper.
  absl::StatusOr<std::unique_ptr<VoxelSource>> Mask(int64_t index) const override {
    Index3 size = size_;
    if (wrong_mask.count(index) > 0) ++size[2];
    const int64_t half = size_[0] / 2;
    return std::make_unique<FakeVoxels>(size, [half](const Index3& at) { return static_cast<int16_t>(at[0] < half ? 1 : 2); });
  }
  absl::StatusOr<std::map<std::string, double>> Labels(int64_t index) const override { return std::map<std::string, double>(); }
  std::vector<DatasetProblem> Verify(const std::function<void(int64_t)>& progress) const override { return {}; }

 private:
  int64_t cases_;
  Index3 size_;
  DatasetCard card_;
};

}  // namespace asap

#endif  // ASAP_CORE_DATA_LOADER_FAKE_DATASET_H_
