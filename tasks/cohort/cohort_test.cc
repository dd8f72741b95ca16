#include "tasks/cohort/cohort.h"

#include <cmath>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/testing/dataset/fake_dataset.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using testing::HasSubstr;

CohortSpec Spec() { return {.dataset = "stoic", .labels = {"probCOVID"}}; }

// 200 patients; a tenth of them positive; label of the last one unknown.
class LabelledDataset : public FakeDataset {
 public:
  LabelledDataset() : FakeDataset(MakeCases(), MakeLabels(), "stoic") { card_with_label_ = FakeDataset::card(); }
  const DatasetCard& card() const override {
    card_with_label_.name = "stoic";
    card_with_label_.label_names = {"probCOVID", "probSevere"};
    return card_with_label_;
  }

 private:
  static std::vector<CaseInfo> MakeCases() {
    std::vector<CaseInfo> cases;
    for (int i = 0; i < 200; ++i) cases.push_back({.id = absl::StrCat(i), .patient = absl::StrCat(i)});
    return cases;
  }
  static std::vector<std::map<std::string, double>> MakeLabels() {
    std::vector<std::map<std::string, double>> labels(200);
    for (int i = 0; i < 199; ++i) labels[i] = {{"probCOVID", i % 10 == 0}, {"probSevere", 0}};
    return labels;
  }
  mutable DatasetCard card_with_label_;
};

TEST(GatherCohort, AFractionIsOfPatientsAndPartOfLargerOnes) {
  const LabelledDataset dataset;
  const auto all = GatherCohort(dataset, Spec(), {}), tenth = GatherCohort(dataset, Spec(), {.fraction = 10});
  ASSERT_TRUE(all.ok() && tenth.ok()) << all.status() << tenth.status();
  EXPECT_NEAR(static_cast<double>(tenth->train.cases.size()), 0.1 * all->train.cases.size(), 1);
  const std::set<int64_t> larger(all->train.cases.begin(), all->train.cases.end());
  for (const int64_t index : tenth->train.cases) EXPECT_TRUE(larger.count(index));
  EXPECT_EQ(tenth->test.cases, all->test.cases);
  EXPECT_NE(tenth->split.digest, all->split.digest);
  EXPECT_EQ(tenth->split.train_cases, tenth->train.cases.size());
  const auto other = GatherCohort(dataset, Spec(), {.fraction = 10, .seed = 1});
  EXPECT_NE(other->train.cases, tenth->train.cases);
}

TEST(GatherCohort, ALabelThatIsNotThereIsNamedWithItsNearest) {
  CohortSpec spec = Spec();
  spec.labels = {"probCOVDI"};
  const auto cohort = GatherCohort(LabelledDataset(), spec, {});
  EXPECT_THAT(std::string(cohort.status().message()), HasSubstr("unknown label \"probCOVDI\"; did you mean \"probCOVID\"?"));
}

TEST(GatherCohort, AnUnknownLabelIsNotANumber) {
  const auto cohort = GatherCohort(LabelledDataset(), Spec(), {});
  ASSERT_TRUE(cohort.ok());
  int unknown = 0;
  for (const LabelledCases* part : {&cohort->train, &cohort->valid, &cohort->test}) {
    for (const auto& row : part->labels) unknown += std::isnan(row[0]);
  }
  EXPECT_EQ(unknown, 1);
}

TEST(GatherCohort, ATaskWithoutLabelsHasFractionsTheSame) {
  const LabelledDataset dataset;
  const auto tenth = GatherCohort(dataset, {.dataset = "stoic"}, {.fraction = 10});
  ASSERT_TRUE(tenth.ok()) << tenth.status();
  EXPECT_NEAR(static_cast<double>(tenth->train.cases.size()), 14, 1);
  EXPECT_TRUE(tenth->train.labels[0].empty());
}

TEST(RowOf, TellsPatientsApartWithoutNamingThem) {
  const LabelledDataset dataset;
  const RowId row = RowOf(dataset, 7, "question 2");
  EXPECT_EQ(row.case_id, "7");
  EXPECT_EQ(row.item, "question 2");
  EXPECT_EQ(row.patient, RowOf(dataset, 7).patient);
  EXPECT_NE(row.patient, RowOf(dataset, 8).patient);
  EXPECT_EQ(row.patient.size(), 12);
}

TEST(GatherCohort, AListOfAnotherDigestIsNamed) {
  const std::string folder = testing::TempDir() + "/Benchmark/Classification/datasets/Stoic";
  ASSERT_TRUE(MakeWritableFolder(folder).ok());
  for (const char* file : {"train_list.csv", "val_list.csv", "test_list.csv"}) {
    ASSERT_TRUE(WriteFileAtomically(folder + "/" + file, "PatientID,probCOVID\n1,0\n").ok());
  }
  const auto cohort = GatherCohort(LabelledDataset(), Spec(), {.splits = testing::TempDir() + "/Benchmark"});
  EXPECT_EQ(cohort.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(cohort.status().message()), HasSubstr("train_list.csv"));
}

TEST(GatherCohort, PaperWithoutListsSaysThatNumbersDoNotCompare) {
  const auto cohort = GatherCohort(LabelledDataset(), Spec(), {.protocol = Protocol::kPaper});
  ASSERT_EQ(cohort->warnings.size(), 1);
  EXPECT_THAT(cohort->warnings[0], HasSubstr("the published split lists were not given"));
}

}  // namespace
}  // namespace asap
