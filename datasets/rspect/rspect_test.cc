#include "datasets/rspect/rspect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "datasets/rspect/train_table.h"
#include "datasets/testing/written_dataset.h"

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

class RspectTest : public WrittenDatasetTest {
 protected:
  RspectTest() : WrittenDatasetTest("rspect", {.cases = kCases, .size = {26, 24, 18}, .seed = 2}) { WriteScans(); }

  std::string Folder(const CaseInfo& info) const { return Path(absl::StrCat("train/", info.patient, "/", info.id)); }
  static std::string AnyImage(const std::string& folder) { return fs::directory_iterator(folder)->path().string(); }
  void ExpectCase(const Dataset& read, int64_t at, int64_t index) const {
    EXPECT_EQ(read.Labels(at)->at("pe"), truth_->Labels(index)->at("Pulmonary embolism"));
    EXPECT_EQ(read.Labels(at)->at("indeterminate"), 0);
    ExpectScan(read, at, index, /*spacing=*/1e-3, /*origin=*/1e-2);
  }
};

TEST_F(RspectTest, Conforms) {
  EXPECT_THAT(OpenWritten(/*prepared=*/false)->card().label_names, ElementsAre("pe", "indeterminate"));
}

TEST_F(RspectTest, SeriesAreReadAsTheyWere) {
  const auto dataset = Open();
  ASSERT_EQ(dataset->size(), kCases);
  int with = 0;
  for (int64_t i = 0; i < kCases; ++i) {  // the table is in the phantom's order
    ExpectCase(*dataset, i, i);
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
  const auto dataset = OpenWritten(/*prepared=*/true);
  for (int64_t i = 0; i < kCases; ++i) {
    ASSERT_TRUE(index_of.contains(dataset->Info(i).id));
    ExpectCase(*dataset, i, index_of[dataset->Info(i).id]);
    if (dataset->Info(i).id == series) {
      EXPECT_EQ(dataset->Info(i).patient, study);
    }
  }

  WriteText("list.csv", absl::StrCat("SeriesInstanceUID,label\n", series, ",1\n"));
  const auto listed = Open({{"labels", "list.csv"}});
  for (int64_t i = 0; i < kCases; ++i) EXPECT_EQ(listed->Labels(i)->size(), listed->Info(i).id == series ? 1 : 0);
  EXPECT_THAT(ProblemsByCase(*listed)[""], HasSubstr("lists no label of 5 of 6 cases"));
  WriteText("train.csv", absl::StrCat(kHeader, study, ",", series, ",a,1,0,0\n"));
  EXPECT_THAT(ProblemsByCase(*Open())[""], HasSubstr("train.csv: does not list 5 of 6 series"));
}

TEST_F(RspectTest, ResampledAndCached) {
  const auto cache = NewCache();
  const auto dataset = Open({{"spacing", "15x15x20"}}, "", cache);
  const std::vector<int16_t> first = Voxels(dataset->Volume(0));
  EXPECT_THAT((*dataset->Volume(0))->geometry().spacing, ElementsAre(15, 15, 20));
  EXPECT_GT(cache->statistics().hits, 0);
  fs::remove_all(Path("train"));
  EXPECT_EQ(Voxels(dataset->Volume(0)), first);
  EXPECT_THAT(std::string(dataset->Volume(1).status().message()), HasSubstr("the folder of the series is missing"));
}

TEST_F(RspectTest, DefectiveSeriesAreFoundByVerify) {
  const auto whole = Open();
  const std::string lost = Folder(whole->Info(0)), gap = Folder(whole->Info(1)), truncated = Folder(whole->Info(2));
  fs::remove_all(lost);
  fs::remove(AnyImage(gap));
  fs::resize_file(AnyImage(truncated), 700);
  auto problems = ProblemsByCase(*Open());
  ASSERT_THAT(problems, SizeIs(3));
  EXPECT_THAT(problems[whole->Info(0).id], HasSubstr("error: " + lost + ": the folder of the series is missing"));
  EXPECT_THAT(problems[whole->Info(1).id], HasSubstr("warning: " + gap + ": holds 17 images (.dcm), train.csv lists 18"));
  EXPECT_THAT(problems[whole->Info(2).id], AllOf(HasSubstr("error: " + truncated), HasSubstr(".dcm: ")));
}

TEST_F(RspectTest, TablesThatContradictThemselves) {
  int image = 0;
  const auto row = [&image](const char* study, const char* series, int pe, int negative, int indeterminate) {
    return absl::StrCat(study, ",", series, ",", ++image, ",", pe, ",", negative, ",", indeterminate, "\n");
  };
  WriteText("train.csv", absl::StrCat(kHeader, row("s1", "a", 1, 1, 0), row("s2", "b", 0, 0, 0), row("s3", "c", 0, 0, 1),
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
  WriteText("train.csv", absl::StrCat(kHeader, row("s1", "a", 1, 0, 0), row("s2", "a", 1, 0, 0)));
  EXPECT_THAT(Error(), HasSubstr("train.csv:3: the series a is in the study s2 here and in s1 before"));
  WriteText("train.csv", absl::StrCat(kHeader, row("s1", "a", 2, 0, 0)));
  EXPECT_THAT(Error(), HasSubstr("train.csv:2: the label \"pe_present_on_image\" is neither 0, 1"));
  WriteText("train.csv", absl::StrCat(kHeader, row("", "a", 1, 0, 0)));
  EXPECT_THAT(Error(), HasSubstr("the cell \"StudyInstanceUID\" is empty"));
  WriteText("train.csv", kHeader);
  EXPECT_THAT(Error(), HasSubstr("lists no image"));
  WriteText("train.csv", "StudyInstanceUID,SeriesInstanceUID,SOPInstanceUID,pe_on_image\n");
  EXPECT_THAT(Error(), AllOf(HasSubstr("\"pe_present_on_image\""), HasSubstr("pe_on_image")));
  // Without the study's columns, the label is known and the rest is not.
  WriteText("train.csv", "StudyInstanceUID,SeriesInstanceUID,SOPInstanceUID,pe_present_on_image\ns1,a,i,1\n");
  EXPECT_THAT(*Open()->Labels(0), ElementsAre(testing::Pair("pe", 1)));
}

TEST_F(RspectTest, AnImageCountsOnceAndAnEmptyCellIsNoNegative) {
  WriteText("train.csv", absl::StrCat(kHeader,
                                      "s1,a,i1,1,0,0\ns1,a,i1,1.0,0,0\ns2,b,i1,,,\ns2,b,i2,0,,\ns3,c,i1,,0,0\ns3,c,i2,1,0,0\n"
                                      "s4,d,i1,0,1,1\n"));
  const auto table = ReadRspectTable(Path("train.csv"));
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->series[0].images, 1);
  ASSERT_THAT(table->problems, SizeIs(2));
  EXPECT_THAT(table->problems[0].message, HasSubstr("1 row repeats an image, the first on line 3"));
  EXPECT_THAT(table->problems[1].message, HasSubstr("called negative and indeterminate"));
  const auto dataset = Open();
  EXPECT_EQ(dataset->Labels(0)->at("pe"), 1);
  EXPECT_FALSE(dataset->Labels(1)->contains("pe")) << "an image of which nothing is known may show embolism";
  EXPECT_FALSE(dataset->Labels(1)->contains("indeterminate"));
  EXPECT_EQ(dataset->Labels(2)->at("pe"), 1);
  EXPECT_EQ(dataset->Labels(3)->at("pe"), 0);
  WriteText("train.csv", absl::StrCat(kHeader, "s1,a,i1,1,0,0\ns1,a,i1,0,0,0\n"));
  EXPECT_THAT(Error(), HasSubstr("train.csv:3: the image i1 of the series a is on line 2 already"));
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
