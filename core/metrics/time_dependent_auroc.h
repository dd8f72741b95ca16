// AUROC at a time of follow-up, with censored cases.
#ifndef ASAP_CORE_METRICS_TIME_DEPENDENT_AUROC_H_
#define ASAP_CORE_METRICS_TIME_DEPENDENT_AUROC_H_

#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "core/metrics/censoring.h"
#include "core/metrics/ranked_scores.h"

namespace asap {

// Cumulative/dynamic AUROC at `time` (Uno et al., 2007; Blanche et al., 2013): the chance that a case with its event by then has
// a higher risk than one still free of it, ties counting half. Cases censored by then are in neither group; those with the event
// stand in for them with weight 1 / G(t_i-), G being the Kaplan-Meier estimate of censoring on the same cases and weights. Those
// free of the event (observed beyond `time`) share one weight, which cancels.
class WeightedTimeDependentAuroc {
 public:
  WeightedTimeDependentAuroc(absl::Span<const double> times, absl::Span<const double> risks, absl::Span<const bool> events,
                             double time);
  // nullopt without both groups, or where a number is NaN.
  std::optional<double> operator()(absl::Span<const double> weights = {}) const;

 private:
  enum Group : char { kNeither, kEvent, kFree };
  bool invalid_ = false;
  std::optional<CensoringCurve> censoring_;
  std::optional<RankedScores> ranked_;
  std::vector<Group> group_;  // by case
};

}  // namespace asap

#endif  // ASAP_CORE_METRICS_TIME_DEPENDENT_AUROC_H_
