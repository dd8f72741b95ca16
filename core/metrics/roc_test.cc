#include "core/metrics/roc.h"

#include <cmath>
#include <memory>

#include "core/base/random.h"
#include "core/metrics/auroc.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

double Trapezoids(const std::vector<RocPoint>& points) {
  double area = 0;
  for (size_t i = 1; i < points.size(); ++i) {
    area += (points[i].false_positive_rate - points[i - 1].false_positive_rate) *
            (points[i].true_positive_rate + points[i - 1].true_positive_rate) / 2;
  }
  return area;
}

TEST(Roc, AreaIsTheAurocAndThinningKeepsIt) {
  CounterRng rng(12);
  constexpr size_t kCases = 20000;
  std::vector<double> scores(kCases);
  auto labels = std::make_unique<bool[]>(kCases);
  for (size_t i = 0; i < kCases; ++i) {
    labels[i] = rng.Bernoulli(0.3);
    scores[i] = std::round(1000 * (rng.Normal() + labels[i]));
  }
  const absl::Span<const bool> positive(labels.get(), kCases);
  const RankedScores ranked(scores, positive);
  const double auroc = *Auroc(scores, positive);
  const auto all = RocCurve(ranked, scores);
  EXPECT_NEAR(Trapezoids(all), auroc, 1e-10);
  const auto thin = RocCurve(ranked, scores, 200);
  EXPECT_EQ(thin.size(), 200u);
  EXPECT_NEAR(Trapezoids(thin), auroc, 3e-4);
  EXPECT_EQ(thin.front().true_positive_rate, 0);
  EXPECT_EQ(thin.back().false_positive_rate, 1);
  for (size_t i = 1; i < thin.size(); ++i) {
    EXPECT_LE(thin[i].threshold, thin[i - 1].threshold);
    EXPECT_GE(thin[i].true_positive_rate, thin[i - 1].true_positive_rate);
  }
  const auto precision = PrecisionRecallCurve(ranked, scores, 100);
  EXPECT_EQ(precision.size(), 100u);
  EXPECT_EQ(precision.back().recall, 1);
  EXPECT_NEAR(precision.back().precision, 0.3, 0.02);
}

TEST(Roc, PointsOnLinesAreLeftOut) {
  const std::vector<double> scores = {1, 2, 3, 4};
  const bool labels[] = {false, false, true, true};
  const auto points = RocCurve(RankedScores(scores, labels), scores);
  ASSERT_EQ(points.size(), 3u);
  EXPECT_EQ(points[1].true_positive_rate, 1);
  EXPECT_EQ(points[1].threshold, 3);
}

TEST(Roc, Edges) {
  const std::vector<double> scores = {1, 2};
  EXPECT_TRUE(RocCurve(RankedScores(scores, {true, true}), scores).empty());
  EXPECT_EQ(PrecisionRecallCurve(RankedScores(scores, {true, true}), scores).size(), 3u);
  EXPECT_TRUE(PrecisionRecallCurve(RankedScores(scores, {false, false}), scores).empty());
}

}  // namespace
}  // namespace asap
