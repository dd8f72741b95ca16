#include "datasets/inspect/inspect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "datasets/testing/written_dataset.h"

namespace asap {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class InspectTest : public WrittenDatasetTest {
 protected:
  InspectTest() : WrittenDatasetTest("inspect", {.cases = 40, .size = {24, 24, 20}, .seed = 4}) {}
};

TEST_F(InspectTest, BothLayoutsAreThePhantom) {
  for (const bool prepared : {false, true}) {
    const auto dataset = OpenWritten(prepared);
    ASSERT_NE(dataset, nullptr);
    std::map<std::string, int64_t> truth_of;
    for (int64_t t = 0; t < 40; ++t) {
      const phantom::CaseKey& key = truth_->Key(t);
      truth_of[absl::StrFormat("PE%06x", 0x100000 + key.patient * phantom::kMostScans + key.scan + 1)] = t;
    }
    int censored = 0, positive = 0, died = 0;
    std::set<std::string> splits;
    for (int64_t i = 0; i < 40; ++i) {
      const CaseInfo info = dataset->Info(i);
      ASSERT_TRUE(truth_of.contains(info.id)) << info.id;
      const int64_t t = truth_of[info.id];
      const phantom::CaseFacts facts = truth_->Facts(t);
      EXPECT_EQ(info.patient, absl::StrCat(700000 + facts.key.patient));
      EXPECT_EQ(info.split, truth_->Info(t).split);
      splits.insert(info.split);
      EXPECT_TRUE(facts.findings.contrast);
      const std::map<std::string, double> labels = *dataset->Labels(i);
      EXPECT_EQ(labels.at("pe_positive"), facts.findings[phantom::kPulmonaryEmbolism]);
      positive += facts.findings[phantom::kPulmonaryEmbolism];
      double before = 0;
      for (const auto& [name, days] :
           {std::pair("1_month_mortality", 30), {"6_month_mortality", 180}, {"12_month_mortality", 365}}) {
        const bool dead = facts.outcome.died && facts.outcome.days <= days;
        const bool known = dead || facts.outcome.days >= days;
        ASSERT_EQ(labels.contains(name), known) << name;
        if (!known) {
          ++censored;
          continue;
        }
        EXPECT_EQ(labels.at(name), dead);
        EXPECT_GE(labels.at(name), before);
        before = labels.at(name);
      }
      died += before == 1;
    }
    EXPECT_GT(censored, 0);
    EXPECT_GT(positive, 0);
    EXPECT_GT(died, 0);
    EXPECT_THAT(splits, SizeIs(3));
    int64_t parts = 0;
    for (const std::string split : {"train", "val", "test"}) parts += Open({}, split)->size();
    EXPECT_EQ(parts, 40);
  }
}

TEST_F(InspectTest, VariantsOfTheTables) {
  WriteScans(false, 6);
  const auto before = *Open()->Labels(0);
  // Without a date, with commas, with the classifier's column alone, ids as pandas writes them where a column has gaps, a row
  // twice.
  std::string labels = absl::StrReplaceAll(Read("labels_20250611.tsv"), {{"\t", ","}});
  labels = absl::StrReplaceAll(labels, {{",pe_positive,", ",x,"}});
  labels += labels.substr(labels.find('\n') + 1);
  std::filesystem::remove(root_ + "/labels_20250611.tsv");
  WriteText("labels.csv", labels);
  std::string studies = Read("study_mapping_20250611.tsv");
  for (int64_t i = 0; i < 6; ++i) {
    const std::string id = absl::StrCat("\n", truth_->Key(i).patient * phantom::kMostScans + truth_->Key(i).scan + 1);
    studies = absl::StrReplaceAll(studies, {{id + "\t", id + ".0\t"}, {".nii.gz", ""}});
  }
  WriteText("study_mapping_20250611.tsv", studies + "999\t\t1\t\n");
  EXPECT_EQ(*Open()->Labels(0), before);
  const auto told = Open()->Verify(nullptr);
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(told[0].message, HasSubstr("labels.csv: 6 rows repeat"));
  // Tables in a folder of their own.
  std::filesystem::create_directories(root_ + "/tables");
  for (const char* name : {"labels.csv", "study_mapping_20250611.tsv", "splits_20250611.tsv"}) {
    std::filesystem::rename(absl::StrCat(root_, "/", name), absl::StrCat(root_, "/tables/", name));
  }
  EXPECT_EQ(*Open({{"tables", "tables"}})->Labels(0), before);
}

TEST_F(InspectTest, WrongTablesAreNamed) {
  WriteScans(false, 4);
  const std::string labels = Read("labels_20250611.tsv"), studies = Read("study_mapping_20250611.tsv");
  WriteText("labels_20250611.tsv", absl::StrReplaceAll(labels, {{"6_month_mortality", "6_months_mortality"}}));
  EXPECT_THAT(Error(), AllOf(HasSubstr("labels_20250611.tsv"), HasSubstr("\"6_month_mortality\""), HasSubstr("did you mean")));
  WriteText("labels_20250611.tsv", labels + "77\t2\tTrue\tTrue\tTrue\tTrue\n");
  EXPECT_THAT(Error(), AllOf(HasSubstr(":6: the label \"pe_positive\""), HasSubstr("censored")));
  WriteText("labels_20250611.tsv", labels + "77\t1\tTrue\tTrue\tTrue\tTrue\n77\t0\tTrue\tTrue\tTrue\tTrue\n");
  EXPECT_THAT(Error(), HasSubstr(":7: the case 77 is on line 6 already, with other labels"));
  WriteText("labels_20250611.tsv", labels);
  WriteText("splits_20250611.tsv", "impression_id\tsplit\n1\tholdout\n");
  EXPECT_THAT(Error(), AllOf(HasSubstr("splits_20250611.tsv:2"), HasSubstr("holdout")));
  WriteText("splits_20250611.tsv", "impression_id\tsplit\n");
  EXPECT_EQ(Open()->Info(0).split, "");
  EXPECT_THAT(ErrorOf({.root = root_, .split = "test"}), HasSubstr("no case is in the split \"test\""));
  WriteText("splits.tsv", "impression_id\tsplit\n");
  EXPECT_THAT(Error(), AllOf(HasSubstr("2 tables splits*"), HasSubstr("splits.tsv, splits_20250611.tsv")));
  std::filesystem::remove(root_ + "/splits.tsv");
  std::filesystem::remove(root_ + "/splits_20250611.tsv");
  EXPECT_THAT(Error(), AllOf(HasSubstr("splits_<date>.tsv is missing"), HasSubstr("parameter labels")));
}

TEST_F(InspectTest, DeathsThatContradictEachOtherAreToldAndUnknown) {
  WriteScans(false, 3);
  std::vector<int64_t> impressions;
  for (int64_t i = 0; i < 3; ++i) impressions.push_back(truth_->Key(i).patient * phantom::kMostScans + truth_->Key(i).scan + 1);
  WriteText("labels_20250611.tsv",
            absl::StrCat("impression_id\tpe_positive\t1_month_mortality\t6_month_mortality\t12_month_mortality\n", impressions[0],
                         "\t0\tTrue\tFalse\tTrue\n", impressions[1], "\t0\tFalse\tTrue\tFalse\n", impressions[2],
                         "\t0\tFalse\tCensored\tTrue\n"));
  const auto dataset = Open();
  ASSERT_NE(dataset, nullptr);
  auto problems = ProblemsByCase(*dataset);
  ASSERT_THAT(problems, SizeIs(2));
  std::map<std::string, std::map<std::string, double>> labels;
  for (int64_t i = 0; i < 3; ++i) labels[dataset->Info(i).id] = *dataset->Labels(i);
  const auto id = [&](int i) { return absl::StrFormat("PE%06x", 0x100000 + impressions[i]); };
  EXPECT_THAT(problems[id(0)], AllOf(HasSubstr("warning: "), HasSubstr(id(0)),
                                     HasSubstr("\"1_month_mortality\" is true and \"6_month_mortality\" is not")));
  EXPECT_THAT(problems[id(1)], HasSubstr("\"6_month_mortality\" is true and \"12_month_mortality\" is not"));
  EXPECT_EQ(labels[id(0)], (std::map<std::string, double>{{"pe_positive", 0}, {"12_month_mortality", 1}}));
  EXPECT_EQ(labels[id(1)], (std::map<std::string, double>{{"pe_positive", 0}, {"1_month_mortality", 0}}));
  EXPECT_EQ(labels[id(2)],
            (std::map<std::string, double>{{"pe_positive", 0}, {"1_month_mortality", 0}, {"12_month_mortality", 1}}));
}

TEST_F(InspectTest, AScanOfAPatientInTwoSplitsIsFound) {
  WriteScans(false, 30);
  // All of one person.
  std::string studies = "impression_id\timage_id\tperson_id\n";
  for (int64_t i = 0; i < 30; ++i) {
    const phantom::CaseKey& key = truth_->Key(i);
    const int64_t impression = key.patient * phantom::kMostScans + key.scan + 1;
    absl::StrAppendFormat(&studies, "%d\tPE%06x\t7\n", impression, 0x100000 + impression);
  }
  WriteText("study_mapping_20250611.tsv", studies);
  const auto problems = Open()->Verify(nullptr);
  ASSERT_FALSE(problems.empty());
  EXPECT_THAT(problems[0].message, HasSubstr("the patient of this case"));
  EXPECT_EQ(problems[0].severity, DatasetProblem::Severity::kError);
}

TEST_F(InspectTest, ScansAndFolders) {
  WriteScans(false, 3);
  const std::string file = absl::StrCat(root_, "/CTPA/", Open()->Info(0).id, ".nii.gz");
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  EXPECT_THAT(std::string(Open()->Volume(0).status().message()), AllOf(HasSubstr(file), HasSubstr("truncated")));
  std::filesystem::rename(file, root_ + "/CTPA/PEffff.nii.gz");
  const auto problems = Open()->Verify(nullptr);
  ASSERT_THAT(problems, SizeIs(3));  // the damaged file, too
  EXPECT_THAT(problems[0].message, HasSubstr("no labels of 1 scans, the first of which is PEffff"));
  EXPECT_THAT(problems[1].message, HasSubstr("list 1 scans that are not there"));
  EXPECT_THAT(ErrorOf({.root = root_ + "/CTPA"}), AllOf(HasSubstr("expected CTPA/"), HasSubstr("the folder above")));
  EXPECT_THAT(ErrorOf({}), HasSubstr("no folder was given"));
  std::filesystem::create_directories(root_ + "/other/data/mha");
  EXPECT_THAT(ErrorOf({.root = root_ + "/other"}), HasSubstr("this looks like STOIC-2021's layout"));
}

TEST_F(InspectTest, LabelsFromPublishedLists) {
  WriteScans(true, 3);
  for (const char* name : {"labels", "study_mapping", "splits"})
    std::filesystem::remove(absl::StrCat(root_, "/", name, "_20250611.tsv"));
  EXPECT_THAT(Error(), HasSubstr("study_mapping_<date>.tsv is missing"));
  std::filesystem::create_directories(root_ + "/lists");
  std::string list = "impression_id,1_month_mortality,6_month_mortality,12_month_mortality,12_month_PH,pe_positive\n";
  std::string pe = "impression_id,pe\n";
  for (const auto& entry : std::filesystem::directory_iterator(root_ + "/images")) {
    const std::string id = entry.path().filename().string().substr(0, 8);
    absl::StrAppend(&list, id, ",0,1,1,0,1\n");
    absl::StrAppend(&pe, id, ",1\n");
  }
  WriteText("lists/test_list.csv", list);
  auto dataset = Open({{"labels", "lists"}});
  ASSERT_NE(dataset, nullptr);
  EXPECT_THAT(dataset->card().label_names,
              ElementsAre("pe_positive", "1_month_mortality", "6_month_mortality", "12_month_mortality"));
  EXPECT_EQ(dataset->Labels(0)->at("1_month_mortality"), 0);
  EXPECT_EQ(dataset->Labels(0)->at("6_month_mortality"), 1);
  EXPECT_EQ(dataset->Labels(0)->at("pe_positive"), 1);
  const auto problems = dataset->Verify(nullptr);
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(problems[0].message, HasSubstr("name no patients"));
  WriteText("lists/test_list.csv", pe);
  dataset = Open({{"labels", "lists"}});
  EXPECT_THAT(dataset->card().label_names, ElementsAre("pe_positive"));
  EXPECT_EQ(dataset->Labels(2)->at("pe_positive"), 1);
  WriteText("lists/test_list.csv", "impression_id,label\nx,0\n");
  EXPECT_THAT(Error({{"labels", "lists"}}), HasSubstr("no label \"pe_positive\" but label"));
  EXPECT_THAT(ErrorOf({.root = root_, .split = "train", .parameters = {{"labels", "lists"}}}), HasSubstr("no splits of its own"));
}

}  // namespace
}  // namespace asap
