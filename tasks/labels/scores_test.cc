#include "tasks/labels/scores.h"

#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

const Score* Find(const std::vector<Score>& scores, const std::string& metric, const std::string& label = "") {
  for (const Score& score : scores) {
    if (score.metric.name == metric && score.label == label) return &score;
  }
  return nullptr;
}

std::optional<double> Value(const std::vector<Score>& scores, const std::string& metric, const std::string& label = "",
                            const std::vector<double>& weights = {}) {
  const Score* score = Find(scores, metric, label);
  if (score != nullptr) return score->statistic(weights);
  ADD_FAILURE() << "no score " << metric << " of \"" << label << "\"";
  return std::nullopt;
}

// A row for each value; all columns are equally long.
Cohort Columns(std::map<std::string, std::vector<double>> numbers) {
  Cohort cohort{.dataset = "d", .numbers = std::move(numbers)};
  for (size_t row = 0; row < cohort.numbers.begin()->second.size(); ++row) {
    cohort.rows.push_back({.case_id = absl::StrCat(row), .patient = "p"});
  }
  return cohort;
}

TEST(LabelScores, AMeanIsOfTheLabelsThatAreDefined) {
  const std::vector<Score> scores = LabelScores(
      Columns({{"score/a", {0.1, 0.6, 0.3}}, {"truth/a", {0, 1, 0}}, {"score/b", {0.2, 0.3, 0.9}}, {"truth/b", {0, 0, 0}}}),
      {"a", "b"});
  EXPECT_EQ(scores[0].metric.name, "auroc");
  EXPECT_EQ(Value(scores, "auroc"), 1);
  EXPECT_EQ(Value(scores, "auroc", "a"), 1);
  EXPECT_EQ(Value(scores, "auroc", "b"), std::nullopt);
  EXPECT_NEAR(*Value(scores, "accuracy"), 5.0 / 6, 1e-12);
}

TEST(LabelScores, AnUnknownTruthLeavesTheRowOutOfThatLabelAlone) {
  const std::vector<Score> scores = LabelScores(
      Columns({{"score/a", {0.1, 0.6, 0.3}}, {"truth/a", {0, NAN, 1}}, {"score/b", {0.2, 0.3, 0.9}}, {"truth/b", {1, 0, 1}}}),
      {"a", "b"});
  EXPECT_EQ(Value(scores, "auroc", "a"), 1);
  EXPECT_EQ(Value(scores, "auroc", "b"), 0.5);
  // A resample that leaves the first row out.
  EXPECT_EQ(Value(scores, "auroc", "a", {0, 1, 2}), std::nullopt);
  EXPECT_EQ(Value(scores, "auroc", "b", {0, 1, 2}), 1);
  EXPECT_EQ(Value(scores, "accuracy"), 0.5) << "of the rows that know all labels: right, wrong; wrong, right";
}

TEST(LabelScores, SayWhichRowsTheyAreOf) {
  const std::vector<Score> scores = LabelScores(Columns({{"score/a", {0.1, 0.6, 0.3, 0.5}},
                                                         {"truth/a", {0, NAN, 1, NAN}},
                                                         {"score/b", {0.2, 0.3, 0.9, 0.1}},
                                                         {"truth/b", {1, 0, 1, NAN}},
                                                         {"score/c", {0.2, 0.3, 0.9, 0.1}},
                                                         {"truth/c", {0, 0, 0, 0}}}),
                                                {"a", "b", "c"});
  using Rows = std::vector<size_t>;
  EXPECT_EQ(Find(scores, "auroc", "a")->rows, (Rows{0, 2}));
  EXPECT_EQ(Find(scores, "auroc", "b")->rows, (Rows{0, 1, 2}));
  EXPECT_EQ(Find(scores, "auroc", "c")->rows, std::nullopt) << "all rows";
  EXPECT_EQ(Find(scores, "auroc")->rows, (Rows{0, 1, 2})) << "the mean is of a and b: c has one outcome alone";
  EXPECT_EQ(Find(scores, "brier")->rows, std::nullopt) << "the mean is of all three";
  EXPECT_EQ(Find(scores, "accuracy")->rows, (Rows{0, 2})) << "decisions need all labels";
}

TEST(LabelScores, ALabelThatTheCohortLacksIsUndefined) {
  const std::vector<Score> scores =
      LabelScores(Columns({{"score/a", {0.1, 0.6}}, {"truth/a", {0, 1}}, {"score/b", {0.2, 0.3}}}), {"a", "b"});
  EXPECT_EQ(Value(scores, "auroc"), 1);
  EXPECT_EQ(Value(scores, "auroc", "b"), std::nullopt);
  EXPECT_EQ(Value(scores, "brier", "b"), std::nullopt);
  EXPECT_EQ(Value(scores, "accuracy"), std::nullopt) << "no row knows all labels";
}

TEST(LabelScores, OfOneLabelTheRowsAreNotRepeated) {
  const std::vector<Score> scores = LabelScores(Columns({{"score/a", {0.9, 0.7, 0.2}}, {"truth/a", {1, 0, 0}}}), {"a"});
  for (const Score& score : scores) EXPECT_EQ(score.label, "");
  EXPECT_NEAR(*Value(scores, "f1"), 2.0 / 3, 1e-12);
  EXPECT_NEAR(*Value(scores, "f1_macro"), 2.0 / 3, 1e-12);
  EXPECT_NEAR(*Value(scores, "brier"), (0.01 + 0.49 + 0.04) / 3, 1e-12);
}

TEST(LabelScores, OfNoRowsNothingIsDefined) {
  for (const Score& score : LabelScores({}, {"a", "b"})) EXPECT_EQ(score.statistic({}), std::nullopt) << score.metric.name;
  for (const Score& score : ClassScores({}, {"a", "b"})) EXPECT_EQ(score.statistic({}), std::nullopt) << score.metric.name;
  EXPECT_EQ(LabelScores({}, {"a"})[0].closed_form(), std::nullopt);
}

TEST(LabelScores, SayHowTheirNumbersAreReadAndDrawn) {
  const std::vector<Score> scores = LabelScores({}, {"a", "b"});
  for (const Score& score : scores) {
    const bool is_error = score.metric.name == "brier" || score.metric.name == "ece";
    EXPECT_EQ(score.metric.higher_is_better, !is_error) << score.metric.name;
    EXPECT_FALSE(score.metric.title.empty()) << score.metric.name;
    EXPECT_EQ(score.metric.chance.has_value(), score.metric.name == "auroc") << score.metric.name;
    EXPECT_EQ(score.metric.high, 1) << score.metric.name;
  }
  EXPECT_EQ(scores[0].metric.title, "AUROC");
  EXPECT_EQ(scores[0].metric.chance, 0.5);
  EXPECT_EQ(Find(ClassScores({}, {"a", "b"}), "brier")->metric.high, 2) << "the squares of all classes";
}

// Two scores of one name would be one row of a report.
TEST(LabelScores, EachMetricAndLabelIsThereOnce) {
  const std::vector<std::string> labels = {"a", "b", "c"};
  for (const std::vector<Score>& scores : {LabelScores({}, labels), LabelScores({}, {"a"}), ClassScores({}, labels)}) {
    std::set<std::string> seen;
    for (const Score& score : scores) {
      EXPECT_TRUE(seen.insert(absl::StrCat(score.metric.name, " ", score.label)).second) << score.metric.name << score.label;
    }
  }
}

TEST(LabelScores, AnAreaOfOneLabelHasDeLongsInterval) {
  const Cohort cohort = Columns({{"score/a", {0.9, 0.4, 0.7, 0.6, 0.2, 0.1}},
                                 {"truth/a", {1, 1, 1, 0, 0, 0}},
                                 {"score/b", {0.9, 0.4, 0.7, 0.6, 0.2, 0.1}},
                                 {"truth/b", {1, 0, 0, 0, 0, NAN}}});
  const std::vector<Score> one = LabelScores(cohort, {"a"});
  ASSERT_NE(one[0].closed_form, nullptr);
  const std::optional<Interval> interval = one[0].closed_form();
  ASSERT_TRUE(interval.has_value());
  EXPECT_GT(interval->low, 0.2);
  EXPECT_LT(interval->low, *Value(one, "auroc"));
  EXPECT_GT(interval->high, *Value(one, "auroc"));
  EXPECT_LE(interval->high, 1);
  EXPECT_EQ(Find(one, "brier")->closed_form, nullptr);

  const std::vector<Score> two = LabelScores(cohort, {"a", "b"});
  EXPECT_EQ(two[0].closed_form, nullptr) << "a mean over labels has none";
  EXPECT_EQ(Find(two, "auroc", "a")->closed_form()->low, interval->low);
  EXPECT_EQ(Find(two, "auroc", "b")->closed_form(), std::nullopt) << "a single positive";
}

TEST(LabelScores, OutliveTheirCohort) {
  std::vector<Score> scores;
  {
    const Cohort cohort = Columns({{"score/a", {0.1, 0.6, 0.3}}, {"truth/a", {0, 1, NAN}}});
    scores = LabelScores(cohort, {"a"});
  }
  EXPECT_EQ(Value(scores, "auroc"), 1);
  EXPECT_EQ(Value(scores, "accuracy", "", {1, 3, 1}), 1);
}

TEST(ClassScores, AreOfTheClassWithTheHighestProbability) {
  const std::vector<Score> scores = ClassScores(Columns({{"score/x", {0.5, 0.5, 0.1}},
                                                         {"score/y", {0.3, 0.3, 0.1}},
                                                         {"score/z", {0.2, 0.2, 0.8}},
                                                         {"truth/x", {1, 0, 0}},
                                                         {"truth/y", {0, 1, 0}},
                                                         {"truth/z", {0, 0, 1}}}),
                                                {"x", "y", "z"});
  EXPECT_EQ(scores[0].metric.name, "accuracy");
  EXPECT_NEAR(*Value(scores, "accuracy"), 2.0 / 3, 1e-12);
  EXPECT_EQ(Value(scores, "accuracy", "", {1, 0, 1}), 1);
  EXPECT_EQ(Value(scores, "auroc", "z"), 1);
  EXPECT_NEAR(*Value(scores, "brier"), (0.25 + 0.09 + 0.04 + 0.25 + 0.49 + 0.04 + 0.01 + 0.01 + 0.04) / 3, 1e-12);
}

}  // namespace
}  // namespace asap
