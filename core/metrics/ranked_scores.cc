#include "core/metrics/ranked_scores.h"

#include <cmath>

#include "core/metrics/radix_sort.h"

namespace asap {

RankedScores::RankedScores(absl::Span<const double> scores, absl::Span<const bool> positive)
    : invalid_(scores.size() != positive.size() || scores.size() > kIndex) {
  for (const double score : scores) invalid_ |= std::isnan(score);
  if (invalid_) return;
  entries_ = AscendingOrder(scores);
  for (size_t i = 0; i < entries_.size(); ++i) {
    const uint32_t index = entries_[i];
    const bool last = i + 1 == entries_.size() || scores[entries_[i + 1]] != scores[index];
    entries_[i] = index | (positive[index] ? kPositive : 0) | (last ? kLast : 0);
  }
}

RankedScores::Totals RankedScores::Sums(absl::Span<const double> weights) const {
  Totals totals;
  Weighted(weights, [&](const auto& weight_of) {
    for (const uint32_t entry : entries_) Add(entry, weight_of(entry & kIndex), totals.negatives, totals.positives);
  });
  return totals;
}

}  // namespace asap
