// The kit passes a good dataset and fails each kind of broken one.
#include "core/testing/dataset/dataset_conformance.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/testing/dataset/fake_dataset.h"

namespace asap {
namespace {

// Three small cases; a test breaks one thing.
class BreakableDataset : public FakeDataset {
 public:
  BreakableDataset() : FakeDataset(3, {5, 4, 3}) {
    without_mask = {2};
    mutable_card().label_names = {"a", "b"};
    for (auto& row : labels) row = {{"a", 1}};
    tables["questions"] = {{.index = 2, .fields = {{"question", "Where?"}}}, {.index = 0}};
  }
  absl::StatusOr<std::unique_ptr<VoxelSource>> Volume(int64_t index) const override {
    auto source = FakeDataset::Volume(index);
    if (!source.ok() || wrap == nullptr) return source;
    return wrap(*std::move(source));
  }
  absl::StatusOr<std::unique_ptr<VoxelSource>> Mask(int64_t index) const override {
    auto source = FakeDataset::Mask(index);
    if (absl::IsNotFound(source.status())) return absl::Status(code_without_mask, "has no mask");
    return source;
  }
  std::vector<DatasetProblem> Verify(const std::function<void(int64_t)>& progress) const override {
    if (in_order || progress == nullptr) return FakeDataset::Verify(progress);
    progress(3);
    return {};
  }

  std::function<std::unique_ptr<VoxelSource>(std::unique_ptr<VoxelSource>)> wrap;
  absl::StatusCode code_without_mask = absl::StatusCode::kNotFound;
  bool in_order = true;
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

  BreakableDataset good_;
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

TEST(FakeDataset, ConformsAsItIsMade) {
  CheckDatasetConformance(FakeDataset(4));
  CheckDatasetConformance(FakeDataset({{.id = "a", .patient = "p"}, {.id = "b", .patient = "q"}}, {{{"Nodule", 1}}, {}}));
}

TEST(FakeDataset, SaysWhatTablesItHas) {
  FakeDataset dataset(2);
  EXPECT_EQ(dataset.Table("masks").status().message(), "dataset fake: has no table \"masks\" but none at all");
  dataset.tables["questions"] = {{.index = 1, .fields = {{"answer", "no"}}}};
  EXPECT_EQ(dataset.Table("masks").status().message(), "dataset fake: has no table \"masks\" but questions");
  EXPECT_EQ(dataset.Table("questions")->at(0).fields.at("answer"), "no");
}

TEST_F(DatasetConformanceTest, IncompleteCard) {
  good_.mutable_card().licence = "";
  ExpectFailure("a part of the card of fake is empty");
}

TEST_F(DatasetConformanceTest, MirroredClassWithoutName) {
  good_.mutable_card().mirrored_classes = {{1, 4}};
  EXPECT_NE(Failures(), "");
}

TEST_F(DatasetConformanceTest, SameIds) {
  for (CaseInfo& info : good_.cases) info.id = "same";
  ExpectFailure("two cases are called same");
}

TEST_F(DatasetConformanceTest, UnknownSplit) {
  good_.cases[1].split = "validation";
  ExpectFailure("split \"validation\"");
}

TEST_F(DatasetConformanceTest, LabelOutsideTheCard) {
  good_.labels[0] = {{"c", 1}};
  ExpectFailure("the label \"c\" is not in the card");
}

TEST_F(DatasetConformanceTest, MaskOfAnotherSize) {
  good_.wrong_mask = {1};
  EXPECT_NE(Failures(), "");
}

TEST_F(DatasetConformanceTest, MaskLabelWithoutName) {
  good_.label = [](int64_t, const Index3& at) { return static_cast<int16_t>(at[0]); };
  ExpectFailure("a mask holds a label without a name");
}

TEST_F(DatasetConformanceTest, MissingMaskIsNotFound) {
  good_.code_without_mask = absl::StatusCode::kInternal;
  ExpectFailure("a case without a mask must say so");
}

TEST_F(DatasetConformanceTest, BoxesInTheWrongPlace) {
  good_.wrap = [](std::unique_ptr<VoxelSource> source) { return std::make_unique<Misplaced>(std::move(source)); };
  ExpectFailure("a box differs from the same part of the whole");
  ExpectFailure("a box beyond the volume was read");
}

TEST_F(DatasetConformanceTest, VerifyFindsSomething) {
  good_.problems = {{.message = "broken", .remedy = "mend it"}};
  ExpectFailure("broken (mend it)");
}

TEST_F(DatasetConformanceTest, FingerprintsThatTellNothing) {
  good_.fingerprint = "";
  ExpectFailure("must tell their state");
  ExpectFailure("the mask's state is told");
}

TEST_F(DatasetConformanceTest, ARowOfNoCase) {
  good_.tables["questions"][1].index = 3;
  ExpectFailure("a row is of no case");
}

TEST_F(DatasetConformanceTest, ProgressOutOfOrder) {
  good_.in_order = false;
  ExpectFailure("progress must be reported as 1, 2");
}

}  // namespace
}  // namespace asap
