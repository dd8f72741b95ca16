// Holm's step-down correction of p-values for the number of comparisons.
#ifndef ASAP_CORE_METRICS_HOLM_H_
#define ASAP_CORE_METRICS_HOLM_H_

#include <optional>
#include <vector>

#include "absl/types/span.h"

namespace asap {

// Adjusted p-values in the order given: rejecting those below alpha keeps the chance of any false rejection among all of them
// below alpha, whatever their dependence (Holm, 1979). A comparison without a p-value stays without, and does not count.
std::vector<std::optional<double>> HolmAdjusted(absl::Span<const std::optional<double>> p);

}  // namespace asap

#endif  // ASAP_CORE_METRICS_HOLM_H_
