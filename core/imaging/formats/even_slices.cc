#include "core/imaging/formats/even_slices.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/imaging/volume.h"

namespace asap {
namespace {

using Slices = std::vector<SliceHeader>;
using Vector = std::array<double, 3>;

constexpr double kPositionNoise = 0.15;  // mm; scanners round positions

double Along(const Vector& normal, const SliceHeader& slice) {
  return normal[0] * slice.position[0] + normal[1] * slice.position[1] + normal[2] * slice.position[2];
}

void Sort(Slices& slices) {
  const Vector normal = SliceNormal(slices.front());
  std::stable_sort(slices.begin(), slices.end(),
                   [&](const SliceHeader& a, const SliceHeader& b) { return Along(normal, a) < Along(normal, b); });
}

}  // namespace

std::array<double, 3> SliceNormal(const SliceHeader& slice) {
  const auto& o = slice.orientation;
  return {o[1] * o[5] - o[2] * o[4], o[2] * o[3] - o[0] * o[5], o[0] * o[4] - o[1] * o[3]};
}

absl::StatusOr<EvenSlices> EvenlySpaced(const std::string& folder, std::vector<SliceHeader> slices) {
  Sort(slices);
  Sort(slices);  // along the normal of what is now the first, whose orientation the volume has
  const Vector normal = SliceNormal(slices.front());
  const size_t count = slices.size();
  slices.erase(
      std::unique(slices.begin(), slices.end(),
                  [&](const SliceHeader& a, const SliceHeader& b) { return Along(normal, b) - Along(normal, a) < 1e-3; }),
      slices.end());
  const size_t duplicates = count - slices.size();
  if (duplicates > 0 && 2 * duplicates >= slices.size()) {
    return absl::InvalidArgumentError(absl::StrCat(folder, ": ", count, " slices share ", slices.size(),
                                                   " positions: several phases or copies in one series. Keep one of them."));
  }
  if (slices.size() < 2) {
    return absl::InvalidArgumentError(
        absl::StrCat(folder, ": the series has one slice, expected a volume. Export the whole series."));
  }
  if (slices.front().rows * slices.front().columns > kMaxVoxels / static_cast<int64_t>(slices.size())) {
    return absl::InvalidArgumentError(
        absl::StrCat(folder, ": the series has more than the ", kMaxVoxels, " voxels that are allowed."));
  }
  std::vector<double> steps;
  for (size_t i = 1; i < slices.size(); ++i) steps.push_back(Along(normal, slices[i]) - Along(normal, slices[i - 1]));
  std::vector<double> sorted = steps;
  std::nth_element(sorted.begin(), sorted.begin() + sorted.size() / 2, sorted.end());
  const double typical = sorted[sorted.size() / 2];
  const double first = Along(normal, slices.front());
  const double mean = (Along(normal, slices.back()) - first) / static_cast<double>(steps.size());
  double off = 0;
  size_t oddest = 0;
  for (size_t i = 0; i < steps.size(); ++i) {
    off = std::max(off, std::abs(Along(normal, slices[i]) - (first + static_cast<double>(i) * mean)));
    if (std::abs(steps[i] - typical) > std::abs(steps[oddest] - typical)) oddest = i;
  }
  if (off > std::min(std::max(kPositionNoise, 0.05 * mean), 0.25 * mean)) {
    return absl::DataLossError(absl::StrFormat(
        "%s: slices are missing or unevenly spaced: %s and %s lie %.3g mm apart, most others %.3g mm, and with even spacing "
        "slices would lie up to %.3g mm from their places. Export the whole series again, or keep one evenly spaced acquisition.",
        folder, slices[oddest].Name(), slices[oddest + 1].Name(), steps[oddest], typical, off));
  }
  EvenSlices even;
  if (duplicates > 0) {
    even.duplicates = absl::StrCat(folder, ": ", duplicates, " slices lie where another does; the first by file name is kept.");
  }
  even.slices = std::move(slices);
  return even;
}

}  // namespace asap
