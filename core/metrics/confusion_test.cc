#include "core/metrics/confusion.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using ::testing::ElementsAre;

TEST(Multiclass, ConfusionAndScores) {
  const int truth[] = {0, 0, 1, 1, 2, 2}, predicted[] = {0, 1, 1, 1, 0, 2};
  const WeightedMulticlass scores(predicted, truth, 4);  // nothing is or is called 3
  EXPECT_THAT(scores.Confusion(), ElementsAre(1, 1, 0, 0, 0, 2, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0));
  EXPECT_DOUBLE_EQ(*scores.Accuracy(), 4.0 / 6);
  EXPECT_DOUBLE_EQ(*scores.Score(DecisionScore::kF1, Average::kMicro), 4.0 / 6);
  EXPECT_DOUBLE_EQ(*scores.Score(DecisionScore::kF1, Average::kMacro), (0.5 + 0.8 + 2.0 / 3) / 3);
  EXPECT_DOUBLE_EQ(*scores.Score(DecisionScore::kPrecision, Average::kMacro), (0.5 + 2.0 / 3 + 1) / 3);
  EXPECT_DOUBLE_EQ(*scores.Score(DecisionScore::kRecall, Average::kMacro), (0.5 + 1 + 0.5) / 3);
  EXPECT_DOUBLE_EQ(*scores.Accuracy({0, 2, 0, 0, 0, 1}), 1.0 / 3);
  EXPECT_FALSE(scores.Accuracy({0, 0, 0, 0, 0, 0}).has_value());
}

// The published code hands scikit-learn an (N, 1) column, which makes both classes count.
TEST(Multiclass, OneColumnIsTwoClasses) {
  const int truth[] = {1, 0, 0, 1, 0}, predicted[] = {1, 0, 1, 0, 0};
  const WeightedMulticlass scores(predicted, truth, 2);
  EXPECT_DOUBLE_EQ(*scores.Score(DecisionScore::kF1, Average::kMicro), 0.6);
  EXPECT_NEAR(*scores.Score(DecisionScore::kF1, Average::kMacro), 0.5833333, 1e-7);
  EXPECT_DOUBLE_EQ(*scores.Score(DecisionScore::kPrecision, Average::kMicro), 0.6);
}

TEST(Multiclass, WrongLabelsAreUndefined) {
  const int truth[] = {0, 4}, predicted[] = {0, 1};
  EXPECT_FALSE(WeightedMulticlass(predicted, truth, 3).Accuracy().has_value());
  EXPECT_FALSE(WeightedMulticlass({}, {}, 3).Accuracy().has_value());
}

TEST(Multilabel, Scores) {
  // Label 2 is neither true nor predicted.
  const std::vector<char> truth = {1, 0, 0, /**/ 1, 1, 0, /**/ 0, 0, 0}, predicted = {1, 1, 0, /**/ 0, 1, 0, /**/ 0, 0, 0};
  const WeightedMultilabel scores(predicted, truth, 3);
  EXPECT_DOUBLE_EQ(*scores.Score(DecisionScore::kF1, Average::kMicro), 4.0 / 6);
  EXPECT_DOUBLE_EQ(*scores.Score(DecisionScore::kF1, Average::kMacro), (2.0 / 3 + 2.0 / 3 + 0) / 3);
  EXPECT_DOUBLE_EQ(*scores.Score(DecisionScore::kF1, Average::kWeighted), 2.0 / 3);
  EXPECT_DOUBLE_EQ(*scores.Score(DecisionScore::kF1, Average::kSamples), (2.0 / 3 + 2.0 / 3 + 0) / 3);
  EXPECT_DOUBLE_EQ(*scores.Score(DecisionScore::kPrecision, Average::kMicro), 2.0 / 3);
  EXPECT_DOUBLE_EQ(*scores.Accuracy(), 7.0 / 9);
  EXPECT_DOUBLE_EQ(*scores.SubsetAccuracy(), 1.0 / 3);
  EXPECT_DOUBLE_EQ(*scores.SubsetAccuracy({1, 1, 2}), 0.5);
  EXPECT_THAT(scores.Undefined(DecisionScore::kF1), ElementsAre(2));
  EXPECT_FALSE(WeightedMultilabel({1}, {1, 0}, 1).Accuracy().has_value());
}

TEST(Multilabel, WeightsAreCopies) {
  const std::vector<char> truth = {1, 0, /**/ 1, 1, /**/ 0, 0, /**/ 0, 1}, predicted = {1, 1, /**/ 0, 1, /**/ 1, 0, /**/ 0, 0};
  const std::vector<DecisionCounts> counts = WeightedMultilabel(predicted, truth, 2).Counts({2, 1, 3, 0});
  ASSERT_EQ(counts.size(), 2u);
  EXPECT_EQ(counts[0].true_positives, 2);
  EXPECT_EQ(counts[0].false_positives, 3);
  EXPECT_EQ(counts[0].false_negatives, 1);
  EXPECT_EQ(counts[1].true_positives, 1);
  EXPECT_EQ(counts[1].false_positives, 2);
  EXPECT_EQ(counts[1].false_negatives, 0);
  EXPECT_EQ(ScoreOfCounts(counts, DecisionScore::kF1, Average::kMicro), 6.0 / (6 + 5 + 1));
  EXPECT_DOUBLE_EQ(*WeightedMultilabel(predicted, truth, 2).Accuracy({2, 1, 3, 0}), 0.5);
}

TEST(Decisions, ThresholdAndArgmax) {
  EXPECT_THAT(AboveThreshold({0.5, 0.50001, 1}), ElementsAre(0, 1, 1));
  EXPECT_THAT(Argmax({1, 3, 3, /**/ 5, 2, 1}, 3), ElementsAre(1, 0));
}

}  // namespace
}  // namespace asap
