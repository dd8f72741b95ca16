// Survival curves and their comparison: Kaplan-Meier by predicted risk, and the log-rank test.
#ifndef ASAP_CORE_METRICS_SURVIVAL_H_
#define ASAP_CORE_METRICS_SURVIVAL_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"

namespace asap {

struct SurvivalPoint {
  double time = 0;
  double at_risk = 0, events = 0, censored = 0;  // at risk: just before `time`
  double survival = 1;                           // from `time` on, until the next point
  double low = 1, high = 1;
};

// Kaplan-Meier, one point a distinct time. The interval is Greenwood's variance on the scale of log(-log S) (Kalbfleisch &
// Prentice), which stays within [0, 1]; where S is 1 or 0 it has no width. Empty where a time is NaN. Cases count as independent.
std::vector<SurvivalPoint> KaplanMeier(absl::Span<const double> times, absl::Span<const bool> events, double level = 0.95);

// The earliest time at which survival is at most one half; nullopt where it stays above.
std::optional<double> MedianSurvival(absl::Span<const SurvivalPoint> curve);

// Groups 0 ... groups - 1 of equal size by ascending risk; cases of one risk share a group, so ties may leave groups uneven or
// empty.
std::vector<int> RiskGroups(absl::Span<const double> risks, int groups);

struct LogRankTest {
  double chi_squared = 0;
  int freedom = 0;  // non-empty groups - 1
  double p = 1;
  std::vector<double> observed, expected;  // events, by group
};

// Do the groups share one survival curve? nullopt with fewer than two non-empty groups, without events, or where a time is NaN.
std::optional<LogRankTest> LogRank(absl::Span<const double> times, absl::Span<const bool> events, absl::Span<const int> group,
                                   int groups);

// The published discrete-time hazard likelihood. `logits` [n, bins] row-major, hazard h = sigmoid; `time` the bin of event or
// last observation. Mean over cases of -log((h_t S_{t-1})^e S_t^(1-e) + 1e-8) with S the running product of 1 - h. NaN without
// cases.
double DiscreteHazardNll(absl::Span<const double> logits, int bins, absl::Span<const int> time, absl::Span<const bool> events);

}  // namespace asap

#endif  // ASAP_CORE_METRICS_SURVIVAL_H_
