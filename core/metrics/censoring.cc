#include "core/metrics/censoring.h"

#include "core/metrics/radix_sort.h"

namespace asap {

CensoringCurve::CensoringCurve(absl::Span<const double> times, absl::Span<const bool> events) : order_(AscendingOrder(times)) {
  for (size_t i = 0; i < order_.size(); ++i) {
    last_.push_back(i + 1 == order_.size() || times[order_[i + 1]] != times[order_[i]]);
    event_.push_back(events[order_[i]]);
  }
}

std::vector<double> CensoringCurve::JustBefore(absl::Span<const double> weights) const {
  const auto weight = [&](size_t place) { return weights.empty() ? 1.0 : weights[order_[place]]; };
  double at_risk = 0;
  for (size_t i = 0; i < order_.size(); ++i) at_risk += weight(i);
  std::vector<double> before(order_.size());
  double survival = 1;
  for (size_t begin = 0; begin < order_.size();) {
    double events = 0, censored = 0;
    size_t end = begin;
    do {
      before[order_[end]] = survival;
      (event_[end] ? events : censored) += weight(end);
    } while (!last_[end++]);
    at_risk -= events;
    if (censored > 0 && at_risk > 0) survival *= 1 - censored / at_risk;
    at_risk -= censored;
    begin = end;
  }
  return before;
}

}  // namespace asap
