#include "core/metrics/auroc.h"

#include <cmath>
#include <cstdint>
#include <vector>

#include "core/metrics/radix_sort.h"

namespace asap {
namespace {

// Only the keys are sorted, positives apart from negatives, and the two lists merged.
template <typename Score>
std::optional<double> AurocOf(absl::Span<const Score> scores, absl::Span<const bool> positive) {
  using Key = decltype(SortableKey(Score{}));
  if (scores.size() != positive.size()) return std::nullopt;
  size_t count = 0;
  for (const bool is_positive : positive) count += is_positive;
  if (count == 0 || count == scores.size()) return std::nullopt;
  std::vector<Key> positives(count + 1), negatives(scores.size() - count + 1);  // one more: the loop writes to both ends
  Key* const ends[2] = {negatives.data(), positives.data()};
  size_t filled[2] = {0, 0};
  bool is_nan = false;
  for (size_t i = 0; i < scores.size(); ++i) {
    is_nan |= std::isnan(scores[i]);
    const bool side = positive[i];
    ends[side][filled[side]++] = SortableKey(scores[i]);
  }
  if (is_nan) return std::nullopt;
  positives.pop_back();
  negatives.pop_back();
  RadixSort(&positives);
  RadixSort(&negatives);
  // Twice the number of pairs won: for each positive, the negatives below it and those not above it.
  uint64_t won_twice = 0;
  size_t below = 0, not_above = 0;
  for (const Key key : positives) {
    while (below < negatives.size() && negatives[below] < key) ++below;
    if (not_above < below) not_above = below;
    while (not_above < negatives.size() && negatives[not_above] <= key) ++not_above;
    won_twice += below + not_above;
  }
  return static_cast<double>(won_twice) / (2.0 * static_cast<double>(positives.size()) * static_cast<double>(negatives.size()));
}

}  // namespace

std::optional<double> Auroc(absl::Span<const double> scores, absl::Span<const bool> positive) {
  return AurocOf(scores, positive);
}
std::optional<double> AurocOfFloats(absl::Span<const float> scores, absl::Span<const bool> positive) {
  return AurocOf(scores, positive);
}

std::optional<double> WeightedAuroc::operator()(absl::Span<const double> weights) const {
  if (scores_.invalid()) return std::nullopt;
  double won = 0, negatives = 0, positives = 0;
  scores_.Ascending(weights, [&](double tied_negatives, double tied_positives, uint32_t) {
    won += tied_positives * (negatives + tied_negatives / 2);
    negatives += tied_negatives;
    positives += tied_positives;
  });
  if (!(positives > 0) || !(negatives > 0)) return std::nullopt;
  return won / (positives * negatives);
}

}  // namespace asap
