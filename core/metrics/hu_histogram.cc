#include "core/metrics/hu_histogram.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace asap {

HuHistogram::HuHistogram(int low, int high, int width)
    : low_(low), width_(std::max(width, 1)), counts_(std::max((high - low + width_ - 1) / width_, 1)) {}

void HuHistogram::Add(absl::Span<const int16_t> voxels) {
  const int last = static_cast<int>(counts_.size()) - 1;
  std::vector<int64_t> counts(counts_.size());
  for (const int16_t voxel : voxels) {
    const int above = voxel - low_;
    ++counts[above < 0 ? 0 : std::min(above / width_, last)];
  }
  for (size_t i = 0; i < counts.size(); ++i) counts_[i] += static_cast<double>(counts[i]);
}

void HuHistogram::Add(const HuHistogram& other) {
  for (size_t i = 0; i < std::min(counts_.size(), other.counts_.size()); ++i) counts_[i] += other.counts_[i];
}

std::optional<double> WassersteinDistance(const HuHistogram& a, const HuHistogram& b) {
  const auto p = a.counts(), q = b.counts();
  const double all_p = std::accumulate(p.begin(), p.end(), 0.0), all_q = std::accumulate(q.begin(), q.end(), 0.0);
  if (p.size() != q.size() || a.width() != b.width() || !(all_p > 0) || !(all_q > 0)) return std::nullopt;
  double moved = 0, below_p = 0, below_q = 0;
  for (size_t i = 0; i + 1 < p.size(); ++i) {
    below_p += p[i] / all_p;
    below_q += q[i] / all_q;
    moved += std::abs(below_p - below_q);
  }
  return moved * a.width();
}

}  // namespace asap
