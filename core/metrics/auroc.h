// Area under the receiver operating characteristic.
#ifndef ASAP_CORE_METRICS_AUROC_H_
#define ASAP_CORE_METRICS_AUROC_H_

#include <optional>

#include "absl/types/span.h"

namespace asap {

// The probability that a positive case scores higher than a negative one, ties counting half (Mann-Whitney U). O(n log n).
// nullopt where there are not both positives and negatives, or a score is NaN: the area is undefined, not one half.
std::optional<double> Auroc(absl::Span<const double> scores, absl::Span<const bool> positive);

}  // namespace asap

#endif  // ASAP_CORE_METRICS_AUROC_H_
