#include "core/metrics/average_precision.h"

namespace asap {

std::optional<double> WeightedAveragePrecision::operator()(absl::Span<const double> weights) const {
  if (scores_.invalid()) return std::nullopt;
  double area = 0, positives = 0, chosen = 0;
  scores_.Descending(weights, [&](double tied_negatives, double tied_positives, uint32_t) {
    positives += tied_positives;
    chosen += tied_positives + tied_negatives;
    area += tied_positives * (positives / chosen);
  });
  if (!(positives > 0)) return std::nullopt;
  return area / positives;
}

}  // namespace asap
