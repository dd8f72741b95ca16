// Area under the receiver operating characteristic.
#ifndef ASAP_CORE_METRICS_AUROC_H_
#define ASAP_CORE_METRICS_AUROC_H_

#include <optional>

#include "absl/types/span.h"
#include "core/metrics/ranked_scores.h"

namespace asap {

// The probability that a positive case scores higher than a negative one, ties counting half (Mann-Whitney U). Sorts by radix: a
// million scores in about ten milliseconds. nullopt where there are not both positives and negatives, or a score is NaN: the area
// is undefined, not one half.
std::optional<double> Auroc(absl::Span<const double> scores, absl::Span<const bool> positive);
std::optional<double> AurocOfFloats(absl::Span<const float> scores, absl::Span<const bool> positive);

// The same for weighted cases: sorted once, O(n) for each vector of weights (none: all ones).
class WeightedAuroc {
 public:
  WeightedAuroc(absl::Span<const double> scores, absl::Span<const bool> positive) : scores_(scores, positive) {}
  std::optional<double> operator()(absl::Span<const double> weights = {}) const;

 private:
  RankedScores scores_;
};

}  // namespace asap

#endif  // ASAP_CORE_METRICS_AUROC_H_
