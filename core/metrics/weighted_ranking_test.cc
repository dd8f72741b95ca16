#include "core/metrics/weighted_ranking.h"

#include <cmath>
#include <memory>
#include <vector>

#include "core/base/random.h"
#include "core/metrics/auroc.h"
#include "core/metrics/average_precision.h"
#include "core/metrics/sensitivity.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

struct Cases {
  std::vector<double> scores;
  std::unique_ptr<bool[]> labels;

  absl::Span<const bool> positive() const { return absl::MakeConstSpan(labels.get(), scores.size()); }
};

// Scores of `levels` values, so that few levels are many ties; 0: no ties.
Cases Make(size_t count, int levels, double share_of_positives) {
  CounterRng rng(5, "cases", static_cast<uint64_t>(levels));
  Cases cases{std::vector<double>(count), std::make_unique<bool[]>(count)};
  for (size_t i = 0; i < count; ++i) {
    cases.labels[i] = rng.Bernoulli(share_of_positives);
    cases.scores[i] = rng.Uniform() + 0.3 * cases.labels[i];
    if (levels > 0) cases.scores[i] = std::floor(cases.scores[i] * levels);
  }
  return cases;
}

// To the last bit.
void ExpectTheSeparateOnes(const Cases& cases, absl::Span<const double> weights) {
  const RankingScores scores = WeightedRanking(cases.scores, cases.positive(), 0.9)(weights);
  EXPECT_EQ(scores.auroc, WeightedAuroc(cases.scores, cases.positive())(weights));
  EXPECT_EQ(scores.average_precision, WeightedAveragePrecision(cases.scores, cases.positive())(weights));
  EXPECT_EQ(scores.sensitivity, WeightedSensitivityAtSpecificity(cases.scores, cases.positive(), 0.9)(weights));
}

TEST(WeightedRanking, EqualsTheSeparateStatistics) {
  for (const int levels : {0, 1, 12, 200}) {
    const Cases cases = Make(401, levels, 0.3);
    ExpectTheSeparateOnes(cases, {});
    CounterRng rng(6);
    std::vector<double> weights(cases.scores.size());
    for (int resample = 0; resample < 20; ++resample) {
      for (double& weight : weights) weight = static_cast<double>(rng.UniformInt(0, 2));
      ExpectTheSeparateOnes(cases, weights);
    }
    EXPECT_TRUE(WeightedRanking(cases.scores, cases.positive(), 0.9)(weights).auroc.has_value());
  }
}

TEST(WeightedRanking, IsUndefinedWhereTheyAre) {
  const Cases cases = Make(50, 10, 0.4);
  std::vector<double> positives, negatives;
  for (const bool label : cases.positive()) {
    positives.push_back(label);
    negatives.push_back(!label);
  }
  ExpectTheSeparateOnes(cases, positives);
  ExpectTheSeparateOnes(cases, negatives);
  ExpectTheSeparateOnes(cases, std::vector<double>(50, 0.0));
  ExpectTheSeparateOnes(Make(50, 10, 0), {});
  ExpectTheSeparateOnes(Make(50, 10, 1), {});
  ExpectTheSeparateOnes(Make(0, 10, 0.5), {});
  const RankingScores all_positive = WeightedRanking({1, 2}, {true, true}, 0.9)();
  EXPECT_EQ(all_positive.average_precision, 1);
  EXPECT_FALSE(all_positive.auroc.has_value() || all_positive.sensitivity.has_value());
  EXPECT_FALSE(WeightedRanking({1, NAN}, {true, false}, 0.9)().average_precision.has_value());
}

}  // namespace
}  // namespace asap
