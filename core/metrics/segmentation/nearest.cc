#include "core/metrics/segmentation/nearest.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/metrics/segmentation/distance_transform.h"

namespace asap {
namespace {

// Steps along its row from each point to the nearest set one.
constexpr uint16_t kNone = std::numeric_limits<uint16_t>::max();

std::vector<uint16_t> StepsAlongRows(const PointGrid& points) {
  std::vector<uint16_t> steps(points.set.size());
  const int64_t n = points.size[2];
  for (size_t row = 0; row < steps.size(); row += n) {
    const uint8_t* set = points.set.data() + row;
    uint16_t* out = steps.data() + row;
    // Runs between set points count up from the left one and down to the right one.
    int64_t last = -1;
    for (int64_t z = 0; z < n; ++z) {
      if (!set[z]) continue;
      for (int64_t i = last + 1; i < z; ++i) {
        out[i] = static_cast<uint16_t>(last < 0 ? z - i : std::min(i - last, z - i));
      }
      out[z] = 0;
      last = z;
    }
    for (int64_t i = last + 1; i < n; ++i) out[i] = last < 0 ? kNone : static_cast<uint16_t>(i - last);
  }
  return steps;
}

struct Offset {
  double squared;  // mm^2
  int64_t x, y;
};

// All row offsets within a disc, nearest first; the disc is the largest within +-kReach rows on both axes.
constexpr int64_t kReach = 12;

std::vector<Offset> Offsets(const GridSpacing& spacing, double* limit) {
  const double radius = (kReach + 1) * std::min(spacing[0], spacing[1]);
  *limit = radius * radius;
  std::vector<Offset> offsets;
  for (int64_t x = -kReach; x <= kReach; ++x) {
    for (int64_t y = -kReach; y <= kReach; ++y) {
      const double dx = static_cast<double>(x) * spacing[0], dy = static_cast<double>(y) * spacing[1];
      if (dx * dx + dy * dy < *limit) offsets.push_back({dx * dx + dy * dy, x, y});
    }
  }
  std::sort(offsets.begin(), offsets.end(), [](const Offset& a, const Offset& b) { return a.squared < b.squared; });
  return offsets;
}

}  // namespace

std::vector<double> NearestDistances(const PointGrid& from, const PointGrid& to, const GridSpacing& spacing) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto [nx, ny, nz] = from.size;
  std::vector<double> distances;
  std::vector<size_t> places, far;  // of the set points; which of them are not settled by the search
  for (size_t i = 0; i < from.set.size(); ++i) {
    if (from.set[i]) places.push_back(i);
  }
  distances.assign(places.size(), kInfinity);
  if (std::none_of(to.set.begin(), to.set.end(), [](uint8_t set) { return set; })) return distances;

  const bool search = nz < kNone;
  const std::vector<uint16_t> steps = search ? StepsAlongRows(to) : std::vector<uint16_t>();
  double limit = 0;
  const std::vector<Offset> offsets = Offsets(spacing, &limit);
  // A transform visits each point of the grid a few times: the search may cost as much, not more.
  int64_t budget = search ? 2 * static_cast<int64_t>(from.set.size()) + 1000 : 0;
  for (size_t i = 0; i < places.size(); ++i) {
    const int64_t place = static_cast<int64_t>(places[i]), z = place % nz, y = place / nz % ny, x = place / nz / ny;
    double best = kInfinity;
    size_t looked = 0;
    for (; looked < offsets.size() && budget > 0; ++looked) {
      const Offset& offset = offsets[looked];
      if (offset.squared >= best) break;
      --budget;
      const int64_t row_x = x + offset.x, row_y = y + offset.y;
      if (row_x < 0 || row_y < 0 || row_x >= nx || row_y >= ny) continue;
      const uint16_t away = steps[(row_x * ny + row_y) * nz + z];
      if (away == kNone) continue;
      const double length = away * spacing[2];
      best = std::min(best, offset.squared + length * length);
    }
    const bool settled = looked < offsets.size() ? best <= offsets[looked].squared : best <= limit;
    if (settled) {
      distances[i] = std::sqrt(best);
    } else {
      far.push_back(i);
    }
  }
  if (far.empty()) return distances;
  const std::vector<double> squared = SquaredDistanceTransform(to, spacing);
  for (const size_t i : far) distances[i] = std::sqrt(squared[places[i]]);
  return distances;
}

}  // namespace asap
