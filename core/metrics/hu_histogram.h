// Histograms of intensities, and how far apart two of them are.
#ifndef ASAP_CORE_METRICS_HU_HISTOGRAM_H_
#define ASAP_CORE_METRICS_HU_HISTOGRAM_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"

namespace asap {

// Counts of voxels in bins of equal width over [low, high); values outside go to the first or last bin. Histograms of several
// volumes add up.
class HuHistogram {
 public:
  explicit HuHistogram(int low = -1000, int high = 1000, int width = 10);

  void Add(absl::Span<const int16_t> voxels);
  void Add(const HuHistogram& other);  // of the same bins
  absl::Span<const double> counts() const { return counts_; }
  int width() const { return width_; }

 private:
  int low_, width_;
  std::vector<double> counts_;
};

// The 1-Wasserstein distance in HU: the mean HU that voxels must move to turn one distribution into the other. nullopt where one
// is empty or the bins differ.
std::optional<double> WassersteinDistance(const HuHistogram& a, const HuHistogram& b);

}  // namespace asap

#endif  // ASAP_CORE_METRICS_HU_HISTOGRAM_H_
