#include "datasets/rspect/rspect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/data/volume_cache/volume_cache.h"
#include "core/testing/dataset/dataset_conformance.h"
#include "datasets/phantom/layouts/write_dataset.h"
#include "datasets/phantom/phantom.h"
#include "datasets/rspect/train_table.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr int64_t kCases = 6;
constexpr char kHeader[] =
    "StudyInstanceUID,SeriesInstanceUID,SOPInstanceUID,pe_present_on_image,negative_exam_for_pe,indeterminate\n";

std::string TestFolder(const std::string& name) { return absl::StrCat(::testing::TempDir(), "/rspect_", name); }

std::unique_ptr<phantom::PhantomDataset> Write(const std::string& root, bool prepared) {
  fs::remove_all(root);
  auto truth = WritePhantom("rspect", {.root = root, .prepared = prepared}, {.cases = kCases, .size = {26, 24, 18}, .seed = 2});
  EXPECT_TRUE(truth.ok()) << truth.status();
  return *std::move(truth);
}

class RspectTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { truth_ = Write(TestFolder("written"), /*prepared=*/false).release(); }
  static void TearDownTestSuite() { delete truth_; }

  // Each test has its own copy.
  RspectTest() : root_(TestFolder(::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::remove_all(root_);
    fs::copy(TestFolder("written"), root_, fs::copy_options::recursive);
  }
  absl::StatusOr<std::unique_ptr<Dataset>> TryOpen(const std::map<std::string, std::string>& parameters) const {
    return OpenDataset("rspect", {.root = root_, .parameters = parameters});
  }
  std::unique_ptr<Dataset> Open(const std::map<std::string, std::string>& parameters = {}) const {
    auto dataset = TryOpen(parameters);
    EXPECT_TRUE(dataset.ok()) << dataset.status();
    return dataset.ok() ? *std::move(dataset) : nullptr;
  }
  std::string Error(const std::map<std::string, std::string>& parameters = {}) const {
    return std::string(TryOpen(parameters).status().message());
  }
  std::string Path(const std::string& name) const { return absl::StrCat(root_, "/", name); }
  void Text(const std::string& name, const std::string& contents) const {
    ASSERT_TRUE(WriteFileAtomically(Path(name), contents).ok());
  }
  std::string Folder(const CaseInfo& info) const { return Path(absl::StrCat("train/", info.patient, "/", info.id)); }
  static std::string AnyImage(const std::string& folder) { return fs::directory_iterator(folder)->path().string(); }
  // Messages by case.
  static std::map<std::string, std::string> Problems(const Dataset& dataset) {
    std::map<std::string, std::string> problems;
    for (const DatasetProblem& problem : dataset.Verify(nullptr)) {
      EXPECT_FALSE(problem.remedy.empty());
      problems[problem.case_id] +=
          absl::StrCat(problem.severity == DatasetProblem::Severity::kError ? "error: " : "warning: ", problem.message, "\n");
    }
    return problems;
  }

  static phantom::PhantomDataset* truth_;
  std::string root_;
};
phantom::PhantomDataset* RspectTest::truth_ = nullptr;

std::vector<int16_t> Voxels(const absl::StatusOr<std::unique_ptr<VoxelSource>>& source) {
  EXPECT_TRUE(source.ok()) << source.status();
  if (!source.ok()) return {};
  std::vector<int16_t> voxels((*source)->geometry().voxels());
  const absl::Status status = (*source)->Read({.size = (*source)->geometry().size}, absl::MakeSpan(voxels));
  EXPECT_TRUE(status.ok()) << status;
  return voxels;
}

void ExpectCase(const Dataset& read, int64_t at, const phantom::PhantomDataset& truth, int64_t index) {
  SCOPED_TRACE(read.Info(at).id);
  EXPECT_EQ(read.Labels(at)->at("pe"), truth.Labels(index)->at("Pulmonary embolism"));
  EXPECT_EQ(read.Labels(at)->at("indeterminate"), 0);
  EXPECT_EQ(Voxels(read.Volume(at)), Voxels(truth.Volume(index)));
  const Geometry g = (*read.Volume(at))->geometry(), h = (*truth.Volume(index))->geometry();
  for (int axis = 0; axis < 3; ++axis) {
    EXPECT_NEAR(g.spacing[axis], h.spacing[axis], 1e-3);
    EXPECT_NEAR(g.origin[axis], h.origin[axis], 1e-2);
  }
}

TEST_F(RspectTest, Conforms) {
  CheckDatasetConformance(*Open());
  EXPECT_THAT(Open()->card().label_names, ElementsAre("pe", "indeterminate"));
}

TEST_F(RspectTest, SeriesAreReadAsTheyWere) {
  const auto dataset = Open();
  ASSERT_EQ(dataset->size(), kCases);
  int with = 0;
  for (int64_t i = 0; i < kCases; ++i) {  // the table is in the phantom's order
    ExpectCase(*dataset, i, *truth_, i);
    with += dataset->Labels(i)->at("pe") > 0;
    EXPECT_THAT(dataset->Info(i).id, testing::MatchesRegex("[0-9a-f]{12}"));
    EXPECT_NE(dataset->Info(i).patient, dataset->Info(i).id);
    EXPECT_TRUE(truth_->Facts(i).findings.contrast);
  }
  EXPECT_GT(with, 0);
  EXPECT_LT(with, kCases);
}

TEST_F(RspectTest, PreparedScansAreReadAsTheyWere) {
  std::map<std::string, int64_t> index_of;
  for (int64_t i = 0; i < kCases; ++i) index_of[Open()->Info(i).id] = i;
  const std::string study = Open()->Info(0).patient, series = Open()->Info(0).id;
  const auto truth = Write(root_, /*prepared=*/true);
  const auto dataset = Open();
  ASSERT_EQ(dataset->size(), kCases);
  for (int64_t i = 0; i < kCases; ++i) {
    ASSERT_TRUE(index_of.contains(dataset->Info(i).id));
    ExpectCase(*dataset, i, *truth, index_of[dataset->Info(i).id]);
    if (dataset->Info(i).id == series) {
      EXPECT_EQ(dataset->Info(i).patient, study);
    }
  }
  CheckDatasetConformance(*dataset);

  Text("list.csv", absl::StrCat("SeriesInstanceUID,label\n", series, ",1\n"));
  const auto listed = Open({{"labels", "list.csv"}});
  for (int64_t i = 0; i < kCases; ++i) EXPECT_EQ(listed->Labels(i)->size(), listed->Info(i).id == series ? 1 : 0);
  EXPECT_THAT(Problems(*listed)[""], HasSubstr("lists no label of 5 of 6 cases"));
  Text("train.csv", absl::StrCat(kHeader, study, ",", series, ",a,1,0,0\n"));
  EXPECT_THAT(Problems(*Open())[""], HasSubstr("train.csv: does not list 5 of 6 series"));
}

TEST_F(RspectTest, ResampledAndCached) {
  DatasetOptions options = {.root = root_, .parameters = {{"spacing", "15x15x20"}}};
  options.cache = std::make_shared<VolumeCache>(
      VolumeCacheOptions{.folder = Path("cache"), .max_bytes = int64_t{1} << 30, .keep_free_bytes = 0});
  const auto dataset = OpenDataset("rspect", options);
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  const std::vector<int16_t> first = Voxels((*dataset)->Volume(0));
  EXPECT_THAT((*(*dataset)->Volume(0))->geometry().spacing, ElementsAre(15, 15, 20));
  EXPECT_GT(options.cache->statistics().hits, 0);
  fs::remove_all(Path("train"));
  EXPECT_EQ(Voxels((*dataset)->Volume(0)), first);
  EXPECT_THAT(std::string((*dataset)->Volume(1).status().message()), HasSubstr("the folder of the series is missing"));
}

TEST_F(RspectTest, DefectiveSeriesAreFoundByVerify) {
  const auto whole = Open();
  const std::string lost = Folder(whole->Info(0)), gap = Folder(whole->Info(1)), truncated = Folder(whole->Info(2));
  fs::remove_all(lost);
  fs::remove(AnyImage(gap));
  fs::resize_file(AnyImage(truncated), 700);
  auto problems = Problems(*Open());
  ASSERT_THAT(problems, SizeIs(3));
  EXPECT_THAT(problems[whole->Info(0).id], HasSubstr("error: " + lost + ": the folder of the series is missing"));
  EXPECT_THAT(problems[whole->Info(1).id], HasSubstr("warning: " + gap + ": holds 17 images (.dcm), train.csv lists 18"));
  EXPECT_THAT(problems[whole->Info(2).id], AllOf(HasSubstr("error: " + truncated), HasSubstr(".dcm: ")));
}

TEST_F(RspectTest, TablesThatContradictThemselves) {
  const auto row = [](const char* study, const char* series, int pe, int negative, int indeterminate) {
    return absl::StrCat(study, ",", series, ",i,", pe, ",", negative, ",", indeterminate, "\n");
  };
  Text("train.csv", absl::StrCat(kHeader, row("s1", "a", 1, 1, 0), row("s2", "b", 0, 0, 0), row("s3", "c", 0, 0, 1),
                                 row("s1", "a", 0, 1, 0), row("s4", "d", 0, 1, 0), row("s4", "d", 0, 0, 0)));
  const auto table = ReadRspectTable(Path("train.csv"));
  ASSERT_TRUE(table.ok()) << table.status();
  ASSERT_THAT(table->series, SizeIs(4));
  EXPECT_EQ(table->series[0].images, 2);
  EXPECT_EQ(table->series[0].images_with_pe, 1);
  ASSERT_THAT(table->problems, SizeIs(3));
  EXPECT_THAT(table->problems[0].message, HasSubstr("marked on 1 images of a study called negative"));
  EXPECT_THAT(table->problems[1].message, HasSubstr("neither negative nor indeterminate"));
  EXPECT_EQ(table->problems[1].case_id, "b");
  EXPECT_THAT(table->problems[2].message, HasSubstr("differ in negative_exam_for_pe or indeterminate"));
  EXPECT_EQ(Open()->Labels(2)->at("indeterminate"), 1);
  Text("train.csv", absl::StrCat(kHeader, row("s1", "a", 1, 0, 0), row("s2", "a", 1, 0, 0)));
  EXPECT_THAT(Error(), HasSubstr("train.csv:3: the series a is in the study s2 here and in s1 before"));
  Text("train.csv", absl::StrCat(kHeader, row("s1", "a", 2, 0, 0)));
  EXPECT_THAT(Error(), HasSubstr("train.csv:2: the cell \"pe_present_on_image\" is neither 0 nor 1"));
  Text("train.csv", absl::StrCat(kHeader, row("", "a", 1, 0, 0)));
  EXPECT_THAT(Error(), HasSubstr("the cell \"StudyInstanceUID\" is empty"));
  Text("train.csv", kHeader);
  EXPECT_THAT(Error(), HasSubstr("lists no image"));
  Text("train.csv", "StudyInstanceUID,SeriesInstanceUID,SOPInstanceUID,pe_on_image\n");
  EXPECT_THAT(Error(), AllOf(HasSubstr("\"pe_present_on_image\""), HasSubstr("pe_on_image")));
  // Without the study's columns, the label is known and the rest is not.
  Text("train.csv", "StudyInstanceUID,SeriesInstanceUID,SOPInstanceUID,pe_present_on_image\ns1,a,i,1\n");
  EXPECT_THAT(*Open()->Labels(0), ElementsAre(testing::Pair("pe", 1)));
}

TEST_F(RspectTest, WrongFolders) {
  fs::rename(Path("train.csv"), Path("labels.csv"));
  EXPECT_THAT(Error(),
              AllOf(HasSubstr("train.csv: the table is missing"), HasSubstr("pe_present_on_image"), HasSubstr("labels")));
  EXPECT_EQ(Open({{"table", "labels.csv"}})->size(), kCases);
  EXPECT_THAT(Error({{"labels", "labels.csv"}}), HasSubstr("is for prepared scans"));
  fs::rename(Path("train"), Path("dicom"));
  EXPECT_THAT(Error(), AllOf(HasSubstr("expected train/<study>/<series>/<image>.dcm with train.csv"),
                             HasSubstr("it holds dicom/, labels.csv"), HasSubstr("datasets/rspect/README.md")));
  root_ = "";
  EXPECT_THAT(Error(), HasSubstr("no folder was given"));
  EXPECT_THAT(Error({{"tables", "x"}}), HasSubstr("did you mean \"table\"?"));
}

}  // namespace
}  // namespace asap
