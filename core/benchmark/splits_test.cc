#include "core/benchmark/splits.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/testing/dataset/fake_dataset.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using testing::HasSubstr;

std::vector<CaseInfo> Cases(int patients, int scans, const std::string& split = "") {
  std::vector<CaseInfo> cases;
  for (int p = 0; p < patients; ++p) {
    for (int s = 0; s < scans; ++s)
      cases.push_back({.id = absl::StrCat("c", p, "_", s), .patient = absl::StrCat("p", p), .split = split});
  }
  return cases;
}

void Append(std::vector<CaseInfo>& to, const std::vector<CaseInfo>& more, const std::string& prefix) {
  for (CaseInfo info : more) {
    info.id = prefix + info.id;
    info.patient = prefix + info.patient;
    to.push_back(info);
  }
}

std::set<std::string> PatientsIn(const Dataset& dataset, const std::vector<int64_t>& cases) {
  std::set<std::string> patients;
  for (const int64_t index : cases) patients.insert(dataset.Info(index).patient);
  return patients;
}

TEST(SplitByRule, DrawsPatientsWhereTheDatasetHasNoSplits) {
  const FakeDataset dataset(Cases(1000, 2));
  const auto splits = SplitByRule(dataset);
  ASSERT_TRUE(splits.ok()) << splits.status();
  EXPECT_EQ(splits->train.size() + splits->valid.size() + splits->test.size(), 2000);
  EXPECT_NEAR(PatientsIn(dataset, splits->train).size(), 700, 45);
  EXPECT_NEAR(PatientsIn(dataset, splits->valid).size(), 100, 30);
  EXPECT_NEAR(PatientsIn(dataset, splits->test).size(), 200, 40);
  EXPECT_EQ(splits->facts.train_cases, 2 * splits->facts.train_patients);
  EXPECT_EQ(splits->facts.digest.size(), 64);
}

TEST(SplitByRule, APatientsPlaceDoesNotDependOnTheOthers) {
  const FakeDataset all(Cases(300, 1)), some(Cases(200, 1));
  const auto of_all = SplitByRule(all), of_some = SplitByRule(some);
  ASSERT_TRUE(of_all.ok() && of_some.ok());
  for (const std::string& patient : PatientsIn(some, of_some->test)) EXPECT_TRUE(PatientsIn(all, of_all->test).count(patient));
}

TEST(SplitByRule, ValidCasesAreTheTestWhereThereIsNone) {
  std::vector<CaseInfo> cases = Cases(200, 2, "train");
  Append(cases, Cases(30, 1, "valid"), "v");
  const FakeDataset dataset(cases);
  const auto splits = SplitByRule(dataset);
  ASSERT_TRUE(splits.ok()) << splits.status();
  EXPECT_EQ(splits->test.size(), 30);
  EXPECT_GT(splits->valid.size(), 10);
  for (const std::string& patient : PatientsIn(dataset, splits->valid))
    EXPECT_FALSE(PatientsIn(dataset, splits->train).count(patient));
  EXPECT_THAT(splits->facts.origin, HasSubstr("its validation cases being the test"));
}

TEST(SplitByRule, ALeakingPatientIsNamedByItsCases) {
  std::vector<CaseInfo> cases = Cases(5, 1, "train");
  Append(cases, Cases(5, 1, "valid"), "v");
  Append(cases, Cases(5, 1, "test"), "t");
  cases.back().patient = "p3";
  const auto splits = SplitByRule(FakeDataset(cases));
  EXPECT_EQ(splits.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(splits.status().message()), HasSubstr("c3_0 in train and tc4_0 in test"));
  EXPECT_THAT(std::string(splits.status().message()), HasSubstr("put all cases of a patient into one split"));
}

TEST(SplitByRule, RefusesADatasetWithoutTrainCases) {
  const auto splits = SplitByRule(FakeDataset(Cases(5, 1, "test")));
  EXPECT_THAT(std::string(splits.status().message()), HasSubstr("no train case among its 5"));
}

TEST(SplitByLists, KeepsTheListsOrder) {
  const FakeDataset dataset(Cases(6, 1));
  const auto splits = SplitByLists(dataset, {.train = {"c4_0", "c0_0"}, .valid = {"c1_0"}, .test = {"c5_0", "c2_0"}}, true);
  ASSERT_TRUE(splits.ok()) << splits.status();
  EXPECT_THAT(splits->train, testing::ElementsAre(4, 0));
  EXPECT_THAT(splits->test, testing::ElementsAre(5, 2));
  EXPECT_EQ(splits->facts.origin, "published lists");
}

TEST(SplitByLists, StrictDoesNotChooseOnTheTest) {
  const FakeDataset dataset(Cases(40, 1));
  IdLists lists;
  for (int i = 0; i < 30; ++i) lists.train.push_back(absl::StrCat("c", i, "_0"));
  for (int i = 30; i < 40; ++i) lists.test.push_back(absl::StrCat("c", i, "_0"));
  lists.valid = lists.test;
  const auto strict = SplitByLists(dataset, lists, true), paper = SplitByLists(dataset, lists, false);
  ASSERT_TRUE(strict.ok() && paper.ok());
  EXPECT_NE(strict->valid, strict->test);
  EXPECT_EQ(strict->train.size() + strict->valid.size(), 30);
  EXPECT_EQ(paper->valid, paper->test);
  ASSERT_EQ(paper->warnings.size(), 1);
  EXPECT_THAT(paper->warnings[0], HasSubstr("chosen on test data"));
  EXPECT_NE(strict->facts.digest, paper->facts.digest);
}

TEST(SplitByLists, NamesCasesThatTheDataLack) {
  const auto splits =
      SplitByLists(FakeDataset(Cases(3, 1)), {.train = {"c0_0", "gone"}, .valid = {"c1_0"}, .test = {"c2_0"}}, true);
  EXPECT_EQ(splits.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(splits.status().message()), HasSubstr("1 of 4 cases of the split lists are not in the data (gone)"));
}

}  // namespace
}  // namespace asap
