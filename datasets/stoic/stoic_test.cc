#include "datasets/stoic/stoic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "datasets/stoic/mha_header.h"
#include "datasets/testing/written_dataset.h"

namespace asap {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class StoicTest : public WrittenDatasetTest {
 protected:
  StoicTest() : WrittenDatasetTest("stoic", {.cases = 14, .size = {28, 24, 20}, .seed = 4}) {}
  void Reference(const std::string& contents) { WriteText("metadata/reference.csv", contents); }
};

TEST_F(StoicTest, BothLayoutsAreThePhantom) {
  for (const bool prepared : {false, true}) {
    const auto dataset = OpenWritten(prepared);
    ASSERT_NE(dataset, nullptr);
    int covid = 0, severe = 0;
    for (int64_t i = 0; i < dataset->size(); ++i) {
      int64_t t = 0;
      while (absl::StrCat(truth_->Key(t).patient + 1) != dataset->Info(i).id) ++t;
      const phantom::CaseFacts facts = truth_->Facts(t);
      const std::map<std::string, double> labels = *dataset->Labels(i);
      EXPECT_EQ(labels.at("probCOVID"), facts.findings[phantom::kCovid]);
      EXPECT_EQ(labels.at("probSevere"), facts.outcome.severe_covid);
      EXPECT_LE(labels.at("probSevere"), labels.at("probCOVID"));
      covid += static_cast<int>(labels.at("probCOVID"));
      severe += static_cast<int>(labels.at("probSevere"));
      EXPECT_EQ(labels.contains("Age"), !prepared);
      if (!prepared) {
        EXPECT_NEAR(labels.at("Age"), facts.patient.age, 5);
        EXPECT_EQ(labels.at("Male"), facts.patient.male);
      }
      EXPECT_EQ(dataset->Info(i).patient, dataset->Info(i).id);
      ExpectScan(*dataset, i, t);
    }
    EXPECT_GT(covid, 3);
    EXPECT_LT(covid, 14);
    EXPECT_GT(severe, 0);
  }
}

TEST_F(StoicTest, PrevalenceIsNearThePublished) {
  const auto layout = MakeLayout("stoic", {.root = root_});
  ASSERT_TRUE(layout.ok());
  const auto cohort = phantom::PhantomDataset::Create({.cases = 400, .seed = 1, .cohort = (*layout)->Cohort()});
  ASSERT_TRUE(cohort.ok());
  double covid = 0, severe = 0;
  for (int64_t i = 0; i < 400; ++i) {
    const phantom::CaseKey key = (*cohort)->Key(i);
    const phantom::ScanFacts facts = phantom::MakeScanFacts(key.seed, key.patient, key.scan);
    covid += facts.findings[phantom::kCovid] / 400.0;
    severe += facts.outcome.severe_covid / 400.0;
  }
  EXPECT_NEAR(covid, 0.60, 0.08);
  EXPECT_NEAR(severe, 0.2, 0.12);  // published: 0.15
}

TEST_F(StoicTest, ScansAndRowsThatLackEachOtherAreFoundByVerify) {
  WriteScans(false, 3);
  const std::string first = Open()->Info(0).id, second = Open()->Info(1).id;
  std::filesystem::remove(absl::StrCat(root_, "/data/mha/", first, ".mha"));
  std::vector<DatasetProblem> problems = Open()->Verify(nullptr);
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(problems[0].message, AllOf(HasSubstr("reference.csv: lists 1 of 3 patients"), HasSubstr(first)));
  Reference(absl::StrCat("PatientID,probCOVID,probSevere\n", second, ",0,1\n"));
  const auto dataset = Open();
  problems = dataset->Verify(nullptr);
  ASSERT_THAT(problems, SizeIs(2));
  EXPECT_THAT(problems[0].message, HasSubstr("has no row for this patient"));
  EXPECT_THAT(problems[1].message,
              AllOf(HasSubstr("\"probSevere\" is true and \"probCOVID\" is not"), HasSubstr("of " + second)));
  EXPECT_EQ(problems[1].severity, DatasetProblem::Severity::kWarning);
  for (int64_t i = 0; i < 2; ++i) {
    EXPECT_FALSE(dataset->Labels(i)->contains("probCOVID"));
    EXPECT_FALSE(dataset->Labels(i)->contains("probSevere"));
  }
}

TEST_F(StoicTest, CellsAsPandasWritesThem) {
  WriteScans(false, 2);
  const std::string first = Open()->Info(0).id, second = Open()->Info(1).id;
  Reference(absl::StrCat("patientid,PROBCOVID,probSevere\n", first, ".0,True,0.0\n", second, ".0,,NaN\n", first, ",1,no\n"));
  const auto dataset = Open();
  ASSERT_NE(dataset, nullptr);
  EXPECT_EQ(dataset->Labels(0)->at("probCOVID"), 1);
  EXPECT_EQ(dataset->Labels(0)->at("probSevere"), 0);
  EXPECT_FALSE(dataset->Labels(1)->contains("probCOVID"));
  EXPECT_FALSE(dataset->Labels(1)->contains("probSevere"));
  const auto problems = dataset->Verify(nullptr);
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(problems[0].message, HasSubstr("reference.csv: 1 row repeats"));
}

TEST_F(StoicTest, ATruncatedScanIsNamed) {
  WriteScans(false, 2);
  const std::string file = absl::StrCat(root_, "/data/mha/", Open()->Info(0).id, ".mha");
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  const auto dataset = Open();
  EXPECT_THAT(std::string(dataset->Volume(0).status().message()), AllOf(HasSubstr("case "), HasSubstr(file)));
  EXPECT_TRUE(dataset->Volume(1).ok());
  EXPECT_THAT(dataset->Verify(nullptr), SizeIs(1));
}

TEST_F(StoicTest, WrongTablesAndFolders) {
  WriteScans(false, 2);
  Reference("PatientID,COVID,probSevere\n1,0,0\n");
  EXPECT_THAT(Error(), AllOf(HasSubstr("reference.csv"), HasSubstr("the column is missing"), HasSubstr("\"probCOVID\"")));
  Reference("PatientID,probCOVID,probSevere\n1,0.7,0\n");
  EXPECT_THAT(Error(), AllOf(HasSubstr("reference.csv:2"), HasSubstr("\"probCOVID\""), HasSubstr("neither 0, 1")));
  Reference("PatientID,probCOVID,probSevere\n1,0,0\n1.0,1,0\n");
  EXPECT_THAT(Error(), HasSubstr(":3: the case 1 is on line 2 already, with other labels"));
  std::filesystem::remove(root_ + "/metadata/reference.csv");
  EXPECT_THAT(Error(), AllOf(HasSubstr("metadata/reference.csv"), HasSubstr("probSevere"), HasSubstr("aws s3 cp"),
                             HasSubstr("parameter labels")));
  EXPECT_THAT(ErrorOf({.root = root_ + "/data"}), AllOf(HasSubstr("expected data/mha"), HasSubstr("the folder above")));
  EXPECT_THAT(ErrorOf({}), HasSubstr("no folder was given"));
  EXPECT_THAT(ErrorOf({.root = root_, .split = "test"}), HasSubstr("no splits of its own"));
  EXPECT_THAT(Error({{"label", "x"}}), HasSubstr("did you mean \"labels\"?"));
  std::filesystem::create_directories(root_ + "/other/subset3");
  std::filesystem::create_directories(root_ + "/other/subset0");
  EXPECT_THAT(ErrorOf({.root = root_ + "/other"}),
              AllOf(HasSubstr("this looks like LUNA16's layout"), HasSubstr("open it as luna16")));
}

TEST_F(StoicTest, LabelsFromPublishedLists) {
  WriteScans(true, 3);
  std::filesystem::remove_all(root_ + "/metadata");
  const auto list = [&](const std::string& column) {
    std::string rows = absl::StrCat("PatientID,", column, "\n");
    for (int64_t i = 0; i < 3; ++i) absl::StrAppend(&rows, truth_->Key(i).patient + 1, ",", i == 1 ? 1 : 0, "\n");
    WriteText("lists/train_list.csv", rows);
  };
  std::filesystem::create_directories(root_ + "/lists");
  for (const std::string column : {"probCOVID", "probSevere"}) {
    list(column);
    const auto dataset = Open({{"labels", "lists"}});
    ASSERT_NE(dataset, nullptr);
    EXPECT_THAT(dataset->card().label_names, ElementsAre(column));
    EXPECT_THAT(dataset->card().label_definitions, SizeIs(1));
    double positive = 0;
    for (int64_t i = 0; i < 3; ++i) positive += dataset->Labels(i)->at(column);
    EXPECT_EQ(positive, 1);
    EXPECT_THAT(dataset->Verify(nullptr), IsEmpty());
  }
  list("label");
  EXPECT_THAT(Error({{"labels", "lists"}}), HasSubstr("no label \"probCOVID\" but label"));
}

TEST(MhaHeader, FieldsThatAreThere) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/x.mha");
  ASSERT_TRUE(
      WriteFileAtomically(path, "NDims = 3\r\nPatientAge = 085Y\r\nPatientSex = F\r\nElementDataFile = LOCAL\nPatientAge = 1\n")
          .ok());
  EXPECT_EQ(ReadPatientFields(path).age, 85);
  EXPECT_EQ(ReadPatientFields(path).male, 0);
  ASSERT_TRUE(WriteFileAtomically(path, "PatientAge = 45\nPatientSex = O\nno field\n= \n").ok());
  EXPECT_EQ(ReadPatientFields(path).age, 45);
  EXPECT_TRUE(std::isnan(ReadPatientFields(path).male));
  ASSERT_TRUE(WriteFileAtomically(path, "PatientAge = young\n").ok());
  EXPECT_TRUE(std::isnan(ReadPatientFields(path).age));
  EXPECT_TRUE(std::isnan(ReadPatientFields("/nowhere.mha").age));
}

}  // namespace
}  // namespace asap
