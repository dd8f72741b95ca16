#include "core/page/benchmark/case_scores.h"

#include <cmath>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using ::testing::ElementsAre;

TEST(CaseScoresTest, CasesWithoutScoreOrTruthAreLeftOut) {
  const Cohort cohort{.cases = {{.scores = {{"a", 0.2}}, .truth = {{"a", 0}}},
                                {.scores = {{"a", 0.9}}, .truth = {{"b", 1}}},
                                {.scores = {{"a", NAN}}, .truth = {{"a", 1}}},
                                {.scores = {{"a", 0.7}}, .truth = {{"a", 1}}}}};
  const LabelCases cases = CasesOf(cohort, "a");
  EXPECT_THAT(cases.scores, ElementsAre(0.2, 0.7));
  EXPECT_THAT(cases.positive, ElementsAre(false, true));
  EXPECT_TRUE(cases.has_both_classes());
  EXPECT_FALSE(CasesOf(cohort, "b").has_both_classes());
}

TEST(CaseScoresTest, LogitsBecomeProbabilities) {
  const TaskSpec one{.outcome = Outcome::kBinary, .labels = {"a"}};
  Cohort cohort{.cases = {{.scores = {{"a", 0.0}, {"risk", 7}}}, {.scores = {{"a", 2.0}}}}};
  EXPECT_DOUBLE_EQ(WithProbabilities(one, cohort).cases[0].scores["a"], 0.5);
  EXPECT_EQ(WithProbabilities(one, cohort).cases[0].scores["risk"], 7) << "not one of the labels";
  cohort.cases[1].scores["a"] = 1;
  EXPECT_EQ(WithProbabilities(one, cohort).cases[0].scores["a"], 0) << "already probabilities";

  const TaskSpec classes{.outcome = Outcome::kMulticlass, .labels = {"a", "b"}};
  Cohort of_classes{.cases = {{.scores = {{"a", 1000}, {"b", 1000 + std::log(3)}}, .truth = {{"a", 1}}}}};
  of_classes = WithProbabilities(classes, of_classes);
  EXPECT_NEAR(of_classes.cases[0].scores["b"], 0.75, 1e-12);
  EXPECT_NEAR(*LossOf(classes, of_classes.cases[0]), -std::log(0.25), 1e-12);
  const ClassCases found = ClassesOf(classes, of_classes);
  EXPECT_THAT(found.predicted, ElementsAre(1));
  EXPECT_THAT(found.truth, ElementsAre(0));
}

TEST(CaseScoresTest, AnotherDatasetHasItsOwnLabels) {
  const TaskSpec pe{.outcome = Outcome::kBinary, .labels = {"pe_positive"}};
  const Cohort elsewhere{.cases = {{.scores = {{"embolism", 0.2}, {"risk", 1}}, .truth = {{"embolism", 0}}}}};
  EXPECT_THAT(TaskOnCohort(pe, elsewhere).labels, ElementsAre("embolism"));
  EXPECT_THAT(TaskOnCohort(pe, {}).labels, ElementsAre("pe_positive"));
  const TaskSpec findings{.outcome = Outcome::kMultilabel, .labels = {"a", "b", "c"}};
  const Cohort fewer{.cases = {{.scores = {{"a", 0}, {"b", 0}, {"c", 0}}, .truth = {{"c", 1}, {"a", 0}}}}};
  EXPECT_THAT(TaskOnCohort(findings, fewer).labels, ElementsAre("a", "c"));
}

TEST(CaseScoresTest, LossIsOfTheKnownLabels) {
  const TaskSpec spec{.outcome = Outcome::kMultilabel, .labels = {"a", "b", "c"}};
  const CaseResult result{.scores = {{"a", 0.5}, {"b", 0.75}, {"c", 0.1}}, .truth = {{"a", 1}, {"b", 0}}};
  EXPECT_NEAR(*LossOf(spec, result), (std::log(2) + std::log(4)) / 2, 1e-12);
  EXPECT_FALSE(LossOf(spec, {.scores = {{"a", 0.5}}}).has_value());
  EXPECT_TRUE(std::isfinite(*LossOf(spec, {.scores = {{"a", 0.0}}, .truth = {{"a", 1}}}))) << "sure and wrong";
}

TEST(CaseScoresTest, SurvivalTakesRiskOrTheMeanOverHorizons) {
  const TaskSpec spec{.outcome = Outcome::kSurvival, .labels = {"1m", "6m"}};
  const Cohort cohort{.cases = {{.scores = {{"1m", 0.1}, {"6m", 0.3}}, .truth = {{"interval", 1}, {"event", 1}}},
                                {.scores = {{"risk", 5}}, .truth = {{"interval", 0}, {"event", 0}}},
                                {.scores = {{"risk", 5}}, .truth = {{"event", 0}}}}};
  const SurvivalCases cases = SurvivalOf(spec, cohort);
  EXPECT_THAT(cases.times, ElementsAre(2, 1));
  EXPECT_THAT(cases.events, ElementsAre(true, false));
  EXPECT_THAT(cases.risks, ElementsAre(0.2, 5));
}

TEST(CaseScoresTest, TheDrawnRunHasTheMostLabelsAndTheLeastSeed) {
  BenchmarkResults results;
  for (const double fraction : {10.0, 100.0, 1.0}) {
    for (const uint64_t seed : {2, 1}) {
      results.runs.push_back({.key = {.encoder = "e", .task = "t", .fraction = fraction, .seed = seed}});
    }
  }
  const asap::Run* run = DrawnRun(results, "t", "e");
  ASSERT_NE(run, nullptr);
  EXPECT_EQ(run->key.fraction, 100);
  EXPECT_EQ(run->key.seed, 1);
  EXPECT_EQ(DrawnRun(results, "t", "other"), nullptr);
  EXPECT_EQ(CohortOf(*run, "nowhere"), nullptr);
}

}  // namespace
}  // namespace asap
