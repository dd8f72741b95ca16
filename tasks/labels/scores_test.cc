#include "tasks/scores/scores.h"

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

std::optional<double> Value(const std::vector<Score>& scores, const std::string& metric, const std::string& label = "",
                            const std::vector<double>& weights = {}) {
  for (const Score& score : scores) {
    if (score.metric == metric && score.label == label) return score.statistic(weights);
  }
  ADD_FAILURE() << "no score " << metric << " of \"" << label << "\"";
  return std::nullopt;
}

CaseResult Case(std::map<std::string, double> scores, std::map<std::string, double> truth) {
  return {.case_id = "c", .patient = "p", .scores = std::move(scores), .truth = std::move(truth)};
}

TEST(LabelScores, AMeanIsOfTheLabelsThatAreDefined) {
  const std::vector<CaseResult> cases = {Case({{"a", 0.1}, {"b", 0.2}}, {{"a", 0}, {"b", 0}}),
                                         Case({{"a", 0.6}, {"b", 0.3}}, {{"a", 1}, {"b", 0}}),
                                         Case({{"a", 0.3}, {"b", 0.9}}, {{"a", 0}, {"b", 0}})};
  const std::vector<Score> scores = LabelScores(cases, {"a", "b"});
  EXPECT_EQ(scores[0].metric, "auroc");
  EXPECT_EQ(Value(scores, "auroc"), 1);
  EXPECT_EQ(Value(scores, "auroc", "a"), 1);
  EXPECT_EQ(Value(scores, "auroc", "b"), std::nullopt);
  EXPECT_NEAR(*Value(scores, "accuracy"), 5.0 / 6, 1e-12);
}

TEST(LabelScores, AnUnknownTruthLeavesTheCaseOutOfThatLabelAlone) {
  const std::vector<CaseResult> cases = {Case({{"a", 0.1}, {"b", 0.2}}, {{"a", 0}, {"b", 1}}),
                                         Case({{"a", 0.6}, {"b", 0.3}}, {{"b", 0}}),
                                         Case({{"a", 0.3}, {"b", 0.9}}, {{"a", 1}, {"b", 1}})};
  const std::vector<Score> scores = LabelScores(cases, {"a", "b"});
  EXPECT_EQ(Value(scores, "auroc", "a"), 1);
  EXPECT_EQ(Value(scores, "auroc", "b"), 0.5);
  // A resample that leaves the first case out.
  EXPECT_EQ(Value(scores, "auroc", "a", {0, 1, 2}), std::nullopt);
  EXPECT_EQ(Value(scores, "auroc", "b", {0, 1, 2}), 1);
}

TEST(LabelScores, OfOneLabelTheRowsAreNotRepeated) {
  const std::vector<CaseResult> cases = {Case({{"a", 0.9}}, {{"a", 1}}), Case({{"a", 0.7}}, {{"a", 0}}),
                                         Case({{"a", 0.2}}, {{"a", 0}})};
  const std::vector<Score> scores = LabelScores(cases, {"a"});
  for (const Score& score : scores) EXPECT_EQ(score.label, "");
  EXPECT_NEAR(*Value(scores, "f1"), 2.0 / 3, 1e-12);
  EXPECT_NEAR(*Value(scores, "f1_macro"), 2.0 / 3, 1e-12);
  EXPECT_NEAR(*Value(scores, "brier"), (0.01 + 0.49 + 0.04) / 3, 1e-12);
}

TEST(LabelScores, OfNoCasesNothingIsDefined) {
  for (const Score& score : LabelScores({}, {"a", "b"})) EXPECT_EQ(score.statistic({}), std::nullopt) << score.metric;
  for (const Score& score : ClassScores({}, {"a", "b"})) EXPECT_EQ(score.statistic({}), std::nullopt) << score.metric;
  for (const Score& score : SurvivalScores({}, {"a", "b"})) EXPECT_EQ(score.statistic({}), std::nullopt) << score.metric;
}

TEST(ClassScores, AreOfTheClassWithTheHighestProbability) {
  const std::vector<CaseResult> cases = {Case({{"x", 0.5}, {"y", 0.3}, {"z", 0.2}}, {{"x", 1}, {"y", 0}, {"z", 0}}),
                                         Case({{"x", 0.5}, {"y", 0.3}, {"z", 0.2}}, {{"x", 0}, {"y", 1}, {"z", 0}}),
                                         Case({{"x", 0.1}, {"y", 0.1}, {"z", 0.8}}, {{"x", 0}, {"y", 0}, {"z", 1}})};
  const std::vector<Score> scores = ClassScores(cases, {"x", "y", "z"});
  EXPECT_EQ(scores[0].metric, "accuracy");
  EXPECT_NEAR(*Value(scores, "accuracy"), 2.0 / 3, 1e-12);
  EXPECT_EQ(Value(scores, "accuracy", "", {1, 0, 1}), 1);
  EXPECT_EQ(Value(scores, "auroc", "z"), 1);
}

TEST(SurvivalScores, WhoOutlivedTheLastHorizonIsFreeAtIt) {
  std::vector<CaseResult> cases;
  const double risks[] = {0.9, 0.7, 0.5, 0.2};
  for (int i = 0; i < 4; ++i) {
    cases.push_back(Case({{"risk", risks[i]}, {"m1", risks[i]}, {"m6", risks[i]}},
                         {{"interval", i == 0 ? 0.0 : 1.0}, {"event", i < 2 ? 1.0 : 0.0}, {"m1", i == 0}, {"m6", i < 2}}));
  }
  const std::vector<Score> scores = SurvivalScores(cases, {"m1", "m6"});
  EXPECT_EQ(scores[0].metric, "c_index");
  EXPECT_EQ(Value(scores, "c_index"), 1);
  EXPECT_EQ(Value(scores, "auroc", "m6"), 1);
  EXPECT_EQ(Value(scores, "auroc_cumulative_dynamic", "m6"), 1);
  EXPECT_EQ(Value(scores, "c_index_uno"), 1);
}

}  // namespace
}  // namespace asap
