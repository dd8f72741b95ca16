#include "tasks/labels/columns.h"

#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A row for each value; all columns are equally long.
Cohort Columns(std::map<std::string, std::vector<double>> numbers) {
  Cohort cohort{.dataset = "d", .numbers = std::move(numbers)};
  for (size_t row = 0; row < cohort.numbers.begin()->second.size(); ++row) {
    cohort.rows.push_back({.case_id = absl::StrCat(row), .patient = absl::StrCat("p", row)});
  }
  return cohort;
}

TEST(LabelRowsTest, RowsWithoutScoreOrTruthAreLeftOut) {
  const Cohort cohort = Columns({{"score/a", {0.2, 0.9, NAN, 0.7}},
                                 {"truth/a", {0, NAN, 1, 1}},
                                 {"score/b", {0.1, 0.2, 0.3, 0.4}},
                                 {"truth/b", {NAN, 1, NAN, NAN}}});
  const LabelRows rows = RowsOfLabel(cohort, "a");
  EXPECT_THAT(rows.rows, ElementsAre(0, 3));
  EXPECT_THAT(rows.scores, ElementsAre(0.2, 0.7));
  EXPECT_THAT(rows.positive, ElementsAre(false, true));
  EXPECT_EQ(rows.positives(), 1);
  EXPECT_TRUE(rows.has_both_classes());
  EXPECT_FALSE(rows.all);
  EXPECT_FALSE(RowsOfLabel(cohort, "b").has_both_classes());
  EXPECT_TRUE(RowsOf(cohort, "score/b", "score/b").all) << "each row has a value";
}

TEST(LabelRowsTest, ALabelThatTheCohortLacksHasNoRows) {
  const Cohort cohort = Columns({{"score/a", {0.2, 0.9}}, {"truth/b", {0, 1}}});
  for (const char* label : {"a", "b", "c"}) {
    EXPECT_THAT(RowsOfLabel(cohort, label).rows, IsEmpty()) << label;
    EXPECT_FALSE(RowsOfLabel(cohort, label).all) << label;
    EXPECT_FALSE(RowsOfLabel(cohort, label).has_both_classes()) << label;
  }
  EXPECT_TRUE(RowsOfLabel({}, "a").all) << "a cohort without rows";
}

// An external dataset has labels of its own, which one of the task's scores may answer.
TEST(LabelRowsTest, AScoreCanBeHeldAgainstAnotherLabel) {
  const Cohort cohort = Columns({{"score/ours", {0.2, 0.9}}, {"truth/theirs", {0, 1}}});
  EXPECT_THAT(RowsOf(cohort, ScoreColumn("ours"), TruthColumn("theirs")).scores, ElementsAre(0.2, 0.9));
}

TEST(PooledRowsTest, HaveOneLabelAfterTheOther) {
  const Cohort cohort = Columns({{"score/a", {0.2, 0.9}}, {"truth/a", {0, NAN}}, {"score/b", {0.3, 0.4}}, {"truth/b", {1, 0}}});
  const LabelRows rows = PooledRows(cohort, {"b", "missing", "a"});
  EXPECT_THAT(rows.rows, ElementsAre(0, 1, 0));
  EXPECT_THAT(rows.scores, ElementsAre(0.3, 0.4, 0.2));
  EXPECT_THAT(rows.positive, ElementsAre(true, false, false));
  EXPECT_FALSE(rows.all) << "rows of the cohort come several times";
}

TEST(ClassRowsTest, HaveAllProbabilitiesAndATrueClass) {
  const Cohort cohort = Columns({{"score/x", {0.25, 0.4, NAN, 0.5, 0.1}},
                                 {"score/y", {0.75, 0.6, 0.1, 0.5, 0.9}},
                                 {"truth/x", {1, 0, 1, 0, NAN}},
                                 {"truth/y", {0, 1, 0, 1, NAN}}});
  const ClassRows rows = RowsOfClasses(cohort, {"x", "y"});
  EXPECT_THAT(rows.rows, ElementsAre(0, 1, 3)) << "neither the row without a probability nor that without a truth";
  EXPECT_THAT(rows.probabilities, ElementsAre(0.25, 0.75, 0.4, 0.6, 0.5, 0.5));
  EXPECT_THAT(rows.truth, ElementsAre(0, 1, 1));
  EXPECT_THAT(rows.predicted, ElementsAre(1, 1, 0)) << "the first of equal ones";
  EXPECT_FALSE(rows.all);
}

TEST(ClassRowsTest, AClassWithoutTruthIsNotTrue) {
  const Cohort cohort = Columns({{"score/x", {0.9, 0.2}}, {"score/y", {0.1, 0.8}}, {"truth/x", {1, NAN}}, {"truth/y", {NAN, 1}}});
  const ClassRows rows = RowsOfClasses(cohort, {"x", "y"});
  EXPECT_THAT(rows.truth, ElementsAre(0, 1));
  EXPECT_TRUE(rows.all);
}

TEST(LossesTest, AreOfTheKnownLabels) {
  const Cohort cohort = Columns({{"score/a", {0.5, 0.5, 0.0}},
                                 {"truth/a", {1, NAN, 1}},
                                 {"score/b", {0.75, NAN, NAN}},
                                 {"truth/b", {0, 0, NAN}},
                                 {"score/c", {0.1, 0.1, 0.1}}});
  const std::vector<std::optional<double>> losses = LabelLosses(cohort, {"a", "b", "c"});
  ASSERT_EQ(losses.size(), 3);
  EXPECT_NEAR(*losses[0], (std::log(2) + std::log(4)) / 2, 1e-12);
  EXPECT_FALSE(losses[1].has_value());
  EXPECT_TRUE(std::isfinite(*losses[2])) << "sure and wrong";
  EXPECT_GT(*losses[2], 10);
}

TEST(LossesTest, OfClassesAreOfTheTrueOne) {
  const Cohort cohort =
      Columns({{"score/x", {0.25, 0.4, NAN}}, {"score/y", {0.75, 0.6, 0.5}}, {"truth/x", {1, 0, 1}}, {"truth/y", {0, 0, NAN}}});
  const std::vector<std::optional<double>> losses = ClassLosses(cohort, {"x", "y"});
  EXPECT_NEAR(*losses[0], -std::log(0.25), 1e-12);
  EXPECT_FALSE(losses[1].has_value()) << "no class is true";
  EXPECT_FALSE(losses[2].has_value()) << "the true one has no probability";
}

}  // namespace
}  // namespace asap
