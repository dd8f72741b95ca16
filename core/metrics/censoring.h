// The censoring distribution, for weighting by the inverse probability of censoring (IPCW).
#ifndef ASAP_CORE_METRICS_CENSORING_H_
#define ASAP_CORE_METRICS_CENSORING_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace asap {

// Kaplan-Meier of censoring, events and censored cases swapped; at one time events come before censoring. Prepared once, then
// O(n) for any weights of the cases.
class CensoringCurve {
 public:
  // Times without NaN; event: true, censored: false.
  CensoringCurve(absl::Span<const double> times, absl::Span<const bool> events);

  // G(t-) of each case: the probability to be uncensored just before its time. Positive for every case of positive weight.
  std::vector<double> JustBefore(absl::Span<const double> weights = {}) const;

 private:
  std::vector<uint32_t> order_;  // by ascending time
  std::vector<char> last_;       // of the cases of one time, by place in the order
  std::vector<char> event_;      // by place in the order
};

}  // namespace asap

#endif  // ASAP_CORE_METRICS_CENSORING_H_
