#include "core/metrics/time_dependent_auroc.h"

#include <cmath>
#include <memory>

namespace asap {

WeightedTimeDependentAuroc::WeightedTimeDependentAuroc(absl::Span<const double> times, absl::Span<const double> risks,
                                                       absl::Span<const bool> events, double time)
    : invalid_(times.size() != risks.size() || times.size() != events.size() || std::isnan(time)) {
  for (const double t : times) invalid_ |= std::isnan(t);
  if (invalid_) return;
  const auto by_then = std::make_unique<bool[]>(times.size());
  for (size_t i = 0; i < times.size(); ++i) {
    group_.push_back(times[i] > time ? kFree : events[i] ? kEvent : kNeither);
    by_then[i] = group_.back() == kEvent;
  }
  censoring_.emplace(times, events);
  ranked_.emplace(risks, absl::MakeConstSpan(by_then.get(), times.size()));
  invalid_ = ranked_->invalid();
}

std::optional<double> WeightedTimeDependentAuroc::operator()(absl::Span<const double> weights) const {
  if (invalid_) return std::nullopt;
  std::vector<double> inverse = censoring_->JustBefore(weights);
  for (size_t i = 0; i < inverse.size(); ++i) {
    const double weight = weights.empty() ? 1.0 : weights[i];
    inverse[i] = weight == 0 || group_[i] == kNeither ? 0 : group_[i] == kFree ? weight : weight / inverse[i];
  }
  if (inverse.empty()) return std::nullopt;
  double won = 0, free = 0, with_event = 0;
  ranked_->Ascending(inverse, [&](double tied_free, double tied_event, uint32_t) {
    won += tied_event * (free + tied_free / 2);
    free += tied_free;
    with_event += tied_event;
  });
  if (!(with_event > 0) || !(free > 0)) return std::nullopt;
  return won / (with_event * free);
}

}  // namespace asap
