// Percentiles by linear interpolation, as NumPy's default.
#ifndef ASAP_CORE_METRICS_PERCENTILE_H_
#define ASAP_CORE_METRICS_PERCENTILE_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace asap {

// `percent` in [0, 100] of finite values; NaN for none. Reorders the values: O(n) by selection. Rounds as NumPy does: from the
// nearer neighbour.
inline double Percentile(std::vector<double>* values, double percent) {
  if (values->empty()) return std::numeric_limits<double>::quiet_NaN();
  const double position = percent / 100 * static_cast<double>(values->size() - 1);
  const size_t below = std::min(static_cast<size_t>(position), values->size() - 1);
  const double share = position - static_cast<double>(below);
  const auto at = values->begin() + static_cast<ptrdiff_t>(below);
  std::nth_element(values->begin(), at, values->end());
  if (below + 1 == values->size()) return *at;
  const double a = *at, b = *std::min_element(at + 1, values->end());
  return share >= 0.5 ? b - (b - a) * (1 - share) : a + (b - a) * share;
}

}  // namespace asap

#endif  // ASAP_CORE_METRICS_PERCENTILE_H_
