#include "core/metrics/average_precision.h"

#include <algorithm>
#include <limits>

namespace asap {

std::optional<double> WeightedAveragePrecision::operator()(absl::Span<const double> weights) const {
  if (scores_.invalid()) return std::nullopt;
  // While the highest scores have no weight, the precision is 0 and not 0 / 0.
  constexpr double kTiny = std::numeric_limits<double>::min();
  double area = 0, positives = 0, chosen = 0;
  scores_.Descending(weights, [&](double tied_negatives, double tied_positives, uint32_t) {
    positives += tied_positives;
    chosen += tied_positives + tied_negatives;
    area += tied_positives * (positives / std::max(chosen, kTiny));
  });
  if (!(positives > 0)) return std::nullopt;
  return area / positives;
}

}  // namespace asap
