#include "core/metrics/segmentation/lung_rule.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace asap {

std::vector<uint8_t> LungLabels(absl::Span<const double> logits) {
  const size_t voxels = logits.size() / 4;
  std::vector<uint8_t> labels(voxels);
  for (size_t v = 0; v < voxels; ++v) {
    const auto logit = [&](size_t c) { return logits[c * voxels + v]; };
    const double most = std::max({logit(0), logit(1), logit(2), logit(3)});
    // One denominator is common to all: exponentials decide as the probabilities do.
    const std::array<double, 3> merged = {std::exp(logit(0) - most) + std::exp(logit(3) - most), std::exp(logit(1) - most),
                                          std::exp(logit(2) - most)};
    labels[v] = static_cast<uint8_t>(std::max_element(merged.begin(), merged.end()) - merged.begin());
  }
  return labels;
}

std::vector<uint8_t> LungTruth(absl::Span<const uint8_t> labels) {
  std::vector<uint8_t> truth(labels.begin(), labels.end());
  std::replace(truth.begin(), truth.end(), uint8_t{3}, uint8_t{0});
  return truth;
}

}  // namespace asap
