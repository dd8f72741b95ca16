// Sensitivity at a fixed specificity: what a screening reader would find at the false alarms that it may give.
#ifndef ASAP_CORE_METRICS_SENSITIVITY_H_
#define ASAP_CORE_METRICS_SENSITIVITY_H_

#include <optional>

#include "absl/types/span.h"
#include "core/metrics/ranked_scores.h"

namespace asap {

// The largest sensitivity of any threshold "score >= t" whose specificity is at least the one given; tied scores go together. The
// threshold that calls nothing positive counts, so the value is 0 where even the highest score has too many negatives. nullopt
// without both classes, or where a score is NaN. The threshold is chosen on the cases themselves: an optimistic figure for few.
class WeightedSensitivityAtSpecificity {
 public:
  WeightedSensitivityAtSpecificity(absl::Span<const double> scores, absl::Span<const bool> positive, double specificity)
      : scores_(scores, positive), specificity_(specificity) {}
  std::optional<double> operator()(absl::Span<const double> weights = {}) const;

 private:
  RankedScores scores_;
  double specificity_;
};

// The same where the totals are known, both of them above 0.
double SensitivityAtSpecificity(const RankedScores& scores, const RankedScores::Totals& totals, double specificity,
                                absl::Span<const double> weights);

}  // namespace asap

#endif  // ASAP_CORE_METRICS_SENSITIVITY_H_
