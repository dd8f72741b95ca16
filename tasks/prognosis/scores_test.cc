#include "tasks/prognosis/scores.h"

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tasks/labels/scores.h"
#include "tasks/prognosis/columns.h"

namespace asap {
namespace {

std::optional<double> Value(const std::vector<Score>& scores, const std::string& metric, const std::string& label = "",
                            const std::vector<double>& weights = {}) {
  for (const Score& score : scores) {
    if (score.metric.name == metric && score.label == label) return score.statistic(weights);
  }
  ADD_FAILURE() << "no score " << metric << " of \"" << label << "\"";
  return std::nullopt;
}

// Risks order the four rows as they should: the first dies within a month, the second within six, the others are seen to the end.
Cohort FourRows() {
  Cohort cohort{.dataset = "d"};
  for (const char* id : {"1", "2", "3", "4"}) cohort.rows.push_back({.case_id = id, .patient = id});
  for (const char* score : {kRisk, "m1", "m6"}) NumbersOf(cohort, ScoreColumn(score)) = {0.9, 0.7, 0.5, 0.2};
  NumbersOf(cohort, TruthColumn(kInterval)) = {0, 1, 1, 1};
  NumbersOf(cohort, TruthColumn(kEvent)) = {1, 1, 0, 0};
  NumbersOf(cohort, TruthColumn("m1")) = {1, 0, 0, 0};
  NumbersOf(cohort, TruthColumn("m6")) = {1, 1, 0, 0};
  return cohort;
}

TEST(SurvivalScores, WhoOutlivedTheLastHorizonIsFreeAtIt) {
  const std::vector<Score> scores = SurvivalScores(FourRows(), {"m1", "m6"});
  EXPECT_EQ(scores[0].metric.name, "c_index");
  EXPECT_EQ(Value(scores, "c_index"), 1);
  EXPECT_EQ(Value(scores, "auroc", "m6"), 1);
  EXPECT_EQ(Value(scores, "auroc_cumulative_dynamic", "m6"), 1);
  EXPECT_EQ(Value(scores, "c_index_uno"), 1);
}

TEST(SurvivalScores, OfHorizonsAreThoseOfLabels) {
  const Cohort cohort = FourRows();
  const std::vector<Score> survival = SurvivalScores(cohort, {"m1", "m6"}), labels = LabelScores(cohort, {"m1", "m6"});
  for (const char* metric : {"auroc", "brier"}) {
    for (const char* label : {"", "m1", "m6"}) EXPECT_EQ(Value(survival, metric, label), Value(labels, metric, label));
  }
}

TEST(SurvivalScores, LeaveOutRowsWithoutAnOutcome) {
  Cohort cohort = FourRows();
  cohort.rows.push_back({.case_id = "5", .patient = "5"});
  for (auto& [name, column] : cohort.numbers) column.push_back(name.starts_with("score/") ? 0.95 : NAN);
  const std::vector<Score> scores = SurvivalScores(cohort, {"m1", "m6"});
  EXPECT_EQ(Value(scores, "c_index"), 1) << "the highest risk, and nothing is known";
  EXPECT_EQ(Value(scores, "c_index", "", {1, 2, 1, 1, 3}), 1);
  cohort.numbers[TruthColumn(kEvent)][4] = 0;
  EXPECT_EQ(Value(SurvivalScores(cohort, {"m1", "m6"}), "c_index"), 1) << "free of the event until a time that is not known";
}

TEST(SurvivalScores, OfNoRowsNothingIsDefined) {
  for (const Score& score : SurvivalScores({}, {"a", "b"})) EXPECT_EQ(score.statistic({}), std::nullopt) << score.metric.name;
}

TEST(SurvivalScores, SayHowTheirNumbersAreReadAndDrawn) {
  for (const Score& score : SurvivalScores({}, {"a", "b"})) {
    const bool is_error = score.metric.name == "brier";
    EXPECT_EQ(score.metric.higher_is_better, !is_error) << score.metric.name;
    EXPECT_EQ(score.metric.chance, is_error ? std::nullopt : std::optional<double>(0.5)) << score.metric.name;
    EXPECT_FALSE(score.metric.title.empty()) << score.metric.name;
  }
}

}  // namespace
}  // namespace asap
