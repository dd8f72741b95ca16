#include "core/metrics/sensitivity.h"

namespace asap {

double SensitivityAtSpecificity(const RankedScores& scores, const RankedScores::Totals& totals, double specificity,
                                absl::Span<const double> weights) {
  // A hair of slack: 0.9 of ten negatives is one false alarm, whichever way 1 - 0.9 rounds.
  const double allowed = (1 - specificity) * totals.negatives * (1 + 1e-12) + 1e-12;
  double false_alarms = 0, found = 0, best = 0;
  scores.DescendingWhile(weights, [&](double tied_negatives, double tied_positives, uint32_t) {
    false_alarms += tied_negatives;
    found += tied_positives;
    if (false_alarms > allowed) return false;
    best = found;
    return true;
  });
  return best / totals.positives;
}

std::optional<double> WeightedSensitivityAtSpecificity::operator()(absl::Span<const double> weights) const {
  if (scores_.invalid()) return std::nullopt;
  const RankedScores::Totals totals = scores_.Sums(weights);
  if (!(totals.positives > 0) || !(totals.negatives > 0)) return std::nullopt;
  return SensitivityAtSpecificity(scores_, totals, specificity_, weights);
}

}  // namespace asap
