// Concordance of predicted risk with the order of events: Harrell's C-index, and Uno's, which does not depend on who was
// censored.
#ifndef ASAP_CORE_METRICS_CINDEX_H_
#define ASAP_CORE_METRICS_CINDEX_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "core/metrics/censoring.h"

namespace asap {

// Weighted numbers of pairs; counts below 2^53 are exact.
struct ConcordancePairs {
  double concordant = 0;  // the earlier event has the higher risk
  double tied = 0;        // both have the same risk: half a pair each
  double comparable = 0;
  std::optional<double> Index() const;  // nullopt without a comparable pair
};

// Pairs (i, j) in which i has an event and j outlives it: t_i < t_j, or t_i = t_j with j censored. Two events at one time are not
// comparable. As lifelines 0.30, whose `predicted` is the negative of our risk. Sorted once; then O(n) a call where there are few
// distinct times (discrete horizons), else O(n log n).
class ConcordanceCounter {
 public:
  // Higher risk: earlier event. Nothing is comparable where a number is NaN or the spans differ in length.
  ConcordanceCounter(absl::Span<const double> times, absl::Span<const double> risks, absl::Span<const bool> events);

  // `event_factors`: further factors of each pair by its event i; empty for none.
  ConcordancePairs Count(absl::Span<const double> weights = {}, absl::Span<const double> event_factors = {}) const;
  bool invalid() const { return invalid_; }

 private:
  struct Case {
    uint32_t index;
    uint32_t rank;  // of its risk, dense from 0
    uint32_t time;  // number of its time, dense from 0
    bool event;
  };
  ConcordancePairs CountFewTimes(absl::Span<const double> weights, absl::Span<const double> factors) const;
  ConcordancePairs CountByTree(absl::Span<const double> weights, absl::Span<const double> factors) const;

  std::vector<Case> cases_;  // few times: by ascending risk; else by descending time
  uint32_t times_ = 0, ranks_ = 0;
  bool invalid_ = false;
};

// Harrell's C-index, as a statistic of weights.
class WeightedCIndex {
 public:
  WeightedCIndex(absl::Span<const double> times, absl::Span<const double> risks, absl::Span<const bool> events)
      : counter_(times, risks, events) {}
  std::optional<double> operator()(absl::Span<const double> weights = {}) const { return Pairs(weights).Index(); }
  ConcordancePairs Pairs(absl::Span<const double> weights = {}) const { return counter_.Count(weights); }

 private:
  ConcordanceCounter counter_;
};

// Uno's C-index (Uno et al., 2011): each pair weighs 1 / G(t_i-)^2, G being the Kaplan-Meier estimate of censoring on the same
// cases with the same weights, and only events before `tau` count. (The paper writes G(t_i); the left limit differs only where
// censoring and events share times, is what an event at t_i is observed with, and stays positive in the last of discrete bins.)
class WeightedUnoCIndex {
 public:
  WeightedUnoCIndex(absl::Span<const double> times, absl::Span<const double> risks, absl::Span<const bool> events,
                    double tau = std::numeric_limits<double>::infinity());
  std::optional<double> operator()(absl::Span<const double> weights = {}) const;

 private:
  ConcordanceCounter counter_;
  CensoringCurve censoring_;
  std::vector<char> counts_;  // an event before tau, by case
};

}  // namespace asap

#endif  // ASAP_CORE_METRICS_CINDEX_H_
