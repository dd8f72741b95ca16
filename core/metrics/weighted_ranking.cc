#include "core/metrics/weighted_ranking.h"

#include <algorithm>
#include <limits>

#include "core/metrics/sensitivity.h"

namespace asap {

RankingScores WeightedRanking::operator()(absl::Span<const double> weights) const {
  if (scores_.invalid()) return {};
  constexpr double kTiny = std::numeric_limits<double>::min();  // as in average precision
  double won = 0, area = 0, positives = 0, chosen = 0;
  scores_.Descending(weights, [&](double tied_negatives, double tied_positives, uint32_t) {
    won += tied_negatives * (positives + tied_positives / 2);
    positives += tied_positives;
    chosen += tied_negatives + tied_positives;
    area += tied_positives * (positives / std::max(chosen, kTiny));
  });
  const double negatives = chosen - positives;
  RankingScores scores;
  if (positives > 0) scores.average_precision = area / positives;
  if (!(positives > 0) || !(negatives > 0)) return scores;
  scores.auroc = won / (positives * negatives);
  scores.sensitivity = SensitivityAtSpecificity(scores_, {negatives, positives}, specificity_, weights);
  return scores;
}

}  // namespace asap
