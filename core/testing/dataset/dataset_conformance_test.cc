// The kit passes a good dataset and fails each kind of broken one.
#include "core/testing/dataset/dataset_conformance.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/imaging/memory_source.h"

namespace asap {
namespace {

// Three small cases in memory; a test breaks one thing.
class MemoryDataset : public Dataset {
 public:
  MemoryDataset() {
    card_ = {.name = "memory",
             .title = "Three cases",
             .source = "this test",
             .licence = "none needed",
             .population = "nobody",
             .acquisition = "none",
             .label_names = {"a", "b"},
             .mask_classes = {"background", "left lung", "right lung"},
             .mirrored_classes = {{1, 2}}};
  }
  const DatasetCard& card() const override { return card_; }
  int64_t size() const override { return 3; }
  CaseInfo Info(int64_t index) const override {
    return {.id = same_ids_ ? "same" : absl::StrCat("case", index), .patient = "p", .split = split_, .has_mask = index != 2};
  }
  absl::StatusOr<ReportText> Report(int64_t) const override { return ReportText{"Findings.", "Impression."}; }
  absl::StatusOr<std::unique_ptr<VoxelSource>> Volume(int64_t index) const override { return Make(index, {5, 4, 3}, -1000); }
  absl::StatusOr<std::unique_ptr<VoxelSource>> Mask(int64_t index) const override {
    if (index == 2) return absl::Status(without_mask_, "has no mask");
    return Make(index, mask_size_, 0);
  }
  absl::StatusOr<std::map<std::string, double>> Labels(int64_t) const override { return labels_; }
  std::vector<DatasetProblem> Verify(const std::function<void(int64_t)>& progress) const override {
    for (int64_t i = 0; progress && i < 3; ++i) progress(reported_ ? i + 1 : 3);
    if (clean_) return {};
    return {{.message = "broken", .remedy = "mend it"}};
  }

  DatasetCard card_;
  bool same_ids_ = false;
  bool clean_ = true;
  bool reported_ = true;
  std::string split_ = "train";
  Index3 mask_size_ = {5, 4, 3};
  int16_t largest_label_ = 2;
  absl::StatusCode without_mask_ = absl::StatusCode::kNotFound;
  std::map<std::string, double> labels_ = {{"a", 1}};
  // Set by a test to wrap what is read.
  std::function<std::unique_ptr<VoxelSource>(std::unique_ptr<VoxelSource>)> wrap_;

 private:
  std::unique_ptr<VoxelSource> Make(int64_t index, const Index3& size, int16_t low) const {
    asap::Volume<int16_t> volume;
    volume.geometry.size = size;
    for (int64_t i = 0; i < volume.geometry.voxels(); ++i) {
      volume.voxels.push_back(static_cast<int16_t>(low + (i + index) % (low == 0 ? largest_label_ + 1 : 1500)));
    }
    std::unique_ptr<VoxelSource> source = MakeVoxelSource(std::move(volume));
    return wrap_ ? wrap_(std::move(source)) : std::move(source);
  }
};

class DatasetConformanceTest : public ::testing::Test {
 protected:
  // The messages of all failures of the check.
  std::string Failures() {
    ::testing::TestPartResultArray results;
    {
      ::testing::ScopedFakeTestPartResultReporter reporter(
          ::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &results);
      CheckDatasetConformance(good_);
    }
    std::string messages;
    for (int i = 0; i < results.size(); ++i) {
      if (results.GetTestPartResult(i).failed()) absl::StrAppend(&messages, results.GetTestPartResult(i).message(), "\n");
    }
    return messages;
  }
  void ExpectFailure(const std::string& part) { EXPECT_NE(Failures().find(part), std::string::npos) << Failures(); }

  MemoryDataset good_;
};

// Reads a box as if it began at the origin: right for the whole, wrong for parts.
class Misplaced : public VoxelSource {
 public:
  explicit Misplaced(std::unique_ptr<VoxelSource> source) : source_(std::move(source)) {}
  const Geometry& geometry() const override { return source_->geometry(); }
  absl::Status Read(const Box& box, absl::Span<int16_t> out) const override {
    return source_->Read({.start = {0, 0, 0}, .size = box.size}, out);
  }

 private:
  std::unique_ptr<VoxelSource> source_;
};

TEST_F(DatasetConformanceTest, GoodDatasetPasses) { EXPECT_EQ(Failures(), ""); }

TEST_F(DatasetConformanceTest, IncompleteCard) {
  good_.card_.licence = "";
  ExpectFailure("a part of the card of memory is empty");
}

TEST_F(DatasetConformanceTest, MirroredClassWithoutName) {
  good_.card_.mirrored_classes = {{1, 3}};
  EXPECT_NE(Failures(), "");
}

TEST_F(DatasetConformanceTest, SameIds) {
  good_.same_ids_ = true;
  ExpectFailure("two cases are called same");
}

TEST_F(DatasetConformanceTest, UnknownSplit) {
  good_.split_ = "validation";
  ExpectFailure("split \"validation\"");
}

TEST_F(DatasetConformanceTest, LabelOutsideTheCard) {
  good_.labels_ = {{"c", 1}};
  ExpectFailure("the label \"c\" is not in the card");
}

TEST_F(DatasetConformanceTest, MaskOfAnotherSize) {
  good_.mask_size_ = {4, 4, 3};
  EXPECT_NE(Failures(), "");
}

TEST_F(DatasetConformanceTest, MaskLabelWithoutName) {
  good_.largest_label_ = 3;
  ExpectFailure("a mask holds a label without a name");
}

TEST_F(DatasetConformanceTest, MissingMaskIsNotFound) {
  good_.without_mask_ = absl::StatusCode::kInternal;
  ExpectFailure("a case without a mask must say so");
}

TEST_F(DatasetConformanceTest, BoxesInTheWrongPlace) {
  good_.wrap_ = [](std::unique_ptr<VoxelSource> source) { return std::make_unique<Misplaced>(std::move(source)); };
  ExpectFailure("a box differs from the same part of the whole");
  ExpectFailure("a box beyond the volume was read");
}

TEST_F(DatasetConformanceTest, VerifyFindsSomething) {
  good_.clean_ = false;
  ExpectFailure("broken (mend it)");
}

TEST_F(DatasetConformanceTest, ProgressOutOfOrder) {
  good_.reported_ = false;
  ExpectFailure("progress must be reported as 1, 2");
}

}  // namespace
}  // namespace asap
