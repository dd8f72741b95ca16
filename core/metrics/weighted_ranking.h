// The three scores of a ranking that a table shows, in one pass over the sorted cases.
#ifndef ASAP_CORE_METRICS_WEIGHTED_RANKING_H_
#define ASAP_CORE_METRICS_WEIGHTED_RANKING_H_

#include <optional>

#include "absl/types/span.h"
#include "core/metrics/ranked_scores.h"

namespace asap {

struct RankingScores {
  std::optional<double> auroc, average_precision, sensitivity;
};

// WeightedAuroc, WeightedAveragePrecision and WeightedSensitivityAtSpecificity of the same cases for the price of little more
// than one of them. Where weights are whole numbers, as a bootstrap's are, its values are theirs to the last bit; elsewhere sums
// are rounded in another order.
class WeightedRanking {
 public:
  WeightedRanking(absl::Span<const double> scores, absl::Span<const bool> positive, double specificity)
      : scores_(scores, positive), specificity_(specificity) {}
  RankingScores operator()(absl::Span<const double> weights = {}) const;

 private:
  RankedScores scores_;
  double specificity_;
};

}  // namespace asap

#endif  // ASAP_CORE_METRICS_WEIGHTED_RANKING_H_
