#include "tools/anatomy/dice.h"

#include <array>
#include <cstddef>

namespace asap {

std::vector<std::optional<double>> DicePerClass(absl::Span<const uint8_t> mask, absl::Span<const uint8_t> truth, int classes) {
  std::array<int64_t, 256> in_mask = {}, in_truth = {}, in_both = {};
  for (size_t i = 0; i < mask.size() && i < truth.size(); ++i) {
    ++in_mask[mask[i]];
    ++in_truth[truth[i]];
    in_both[mask[i]] += mask[i] == truth[i];
  }
  std::vector<std::optional<double>> dice(classes);
  for (int label = 1; label < classes && label < 256; ++label) {
    const int64_t sum = in_mask[label] + in_truth[label];
    if (sum > 0) dice[label] = 2.0 * static_cast<double>(in_both[label]) / static_cast<double>(sum);
  }
  return dice;
}

}  // namespace asap
