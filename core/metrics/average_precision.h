// Area under the precision-recall curve, as average precision.
#ifndef ASAP_CORE_METRICS_AVERAGE_PRECISION_H_
#define ASAP_CORE_METRICS_AVERAGE_PRECISION_H_

#include <optional>

#include "absl/types/span.h"
#include "core/metrics/ranked_scores.h"

namespace asap {

// The sum over distinct scores, from the highest down, of the recall gained times the precision there: no interpolation between
// thresholds, as scikit-learn's. Of a score without skill it is the share of positives, not one half. nullopt without positives
// (scikit-learn says 0) or where a score is NaN.
class WeightedAveragePrecision {
 public:
  WeightedAveragePrecision(absl::Span<const double> scores, absl::Span<const bool> positive) : scores_(scores, positive) {}
  std::optional<double> operator()(absl::Span<const double> weights = {}) const;

 private:
  RankedScores scores_;
};

}  // namespace asap

#endif  // ASAP_CORE_METRICS_AVERAGE_PRECISION_H_
