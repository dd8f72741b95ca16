#include "core/metrics/segmentation/overlap.h"

#include <algorithm>

namespace asap {

std::optional<double> Overlap::Dice() const {
  if (prediction + truth == 0) return std::nullopt;
  return 2.0 * static_cast<double>(both) / static_cast<double>(prediction + truth);
}

std::optional<double> Overlap::Iou() const {
  if (either() == 0) return std::nullopt;
  return static_cast<double>(both) / static_cast<double>(either());
}

std::optional<double> Overlap::DiceWhereTruth() const { return truth == 0 ? std::nullopt : Dice(); }

Overlap OverlapOf(absl::Span<const uint8_t> prediction, absl::Span<const uint8_t> truth) {
  Overlap overlap;
  const size_t n = std::min(prediction.size(), truth.size());
  // Sums of bytes first, which vectorise: 255 at a time do not overflow.
  for (size_t begin = 0; begin < n;) {
    const size_t end = std::min(n, begin + 255);
    uint8_t p = 0, t = 0, b = 0;
    for (; begin < end; ++begin) {
      const uint8_t in_p = prediction[begin] != 0, in_t = truth[begin] != 0;
      p += in_p;
      t += in_t;
      b += in_p & in_t;
    }
    overlap.prediction += p;
    overlap.truth += t;
    overlap.both += b;
  }
  return overlap;
}

std::vector<Overlap> OverlapsOf(absl::Span<const uint8_t> prediction, absl::Span<const uint8_t> truth, int labels) {
  std::vector<Overlap> overlaps(std::max(labels, 256));
  for (size_t i = 0; i < std::min(prediction.size(), truth.size()); ++i) {
    ++overlaps[prediction[i]].prediction;
    ++overlaps[truth[i]].truth;
    if (prediction[i] == truth[i]) ++overlaps[truth[i]].both;
  }
  overlaps.resize(labels);
  return overlaps;
}

std::optional<double> MeanDice(absl::Span<const Overlap> overlaps) {
  double sum = 0, count = 0;
  for (size_t label = 1; label < overlaps.size(); ++label) {
    if (const auto dice = overlaps[label].DiceWhereTruth()) {
      sum += *dice;
      ++count;
    }
  }
  if (count == 0) return std::nullopt;
  return sum / count;
}

}  // namespace asap
