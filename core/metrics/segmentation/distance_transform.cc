#include "core/metrics/segmentation/distance_transform.h"

#include <cmath>
#include <limits>

namespace asap {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Steps along the first axis to the nearest set point, squared in mm. Whole planes at a time.
std::vector<double> AlongFirstAxis(const PointGrid& points, double spacing) {
  const int64_t n = points.size[0], plane = points.size[1] * points.size[2];
  std::vector<double> squared(points.set.size());
  std::vector<double> steps(plane, kInfinity);
  for (int64_t x = 0; x < n; ++x) {
    for (int64_t i = 0; i < plane; ++i) {
      steps[i] = points.set[x * plane + i] ? 0.0 : steps[i] + 1;
      squared[x * plane + i] = steps[i];
    }
  }
  steps.assign(plane, kInfinity);
  for (int64_t x = n - 1; x >= 0; --x) {
    for (int64_t i = 0; i < plane; ++i) {
      double& here = squared[x * plane + i];
      steps[i] = here == 0 ? 0.0 : steps[i] + 1;
      const double length = (steps[i] < here ? steps[i] : here) * spacing;
      here = length * length;
    }
  }
  return squared;
}

// f(q) = min over v of f(v) + ((q - v) spacing)^2, in place on a line.
class LowerEnvelope {
 public:
  explicit LowerEnvelope(int64_t n) : line_(n), site_(n), from_(n + 1) {}

  void Transform(double* values, int64_t stride, double spacing) {
    const int64_t n = static_cast<int64_t>(line_.size());
    int64_t count = 0;
    for (int64_t q = 0; q < n; ++q) {
      line_[q] = values[q * stride];
      if (line_[q] == kInfinity) continue;
      double start = -kInfinity;
      for (; count > 0; --count) {
        start = Crossing(site_[count - 1], q, spacing);
        if (start > from_[count - 1]) break;
      }
      if (count == 0) start = -kInfinity;
      site_[count] = q;
      from_[count++] = start;
    }
    if (count == 0) return;
    int64_t k = 0;
    for (int64_t q = 0; q < n; ++q) {
      while (k + 1 < count && from_[k + 1] < static_cast<double>(q)) ++k;
      const double length = static_cast<double>(q - site_[k]) * spacing;
      values[q * stride] = line_[site_[k]] + length * length;
    }
  }

 private:
  // Where the parabola of the later site b comes below that of a.
  double Crossing(int64_t a, int64_t b, double spacing) const {
    return static_cast<double>(a + b) / 2 + (line_[b] - line_[a]) / (2 * spacing * spacing * static_cast<double>(b - a));
  }

  std::vector<double> line_;
  std::vector<int64_t> site_;
  std::vector<double> from_;
};

}  // namespace

std::vector<double> SquaredDistanceTransform(const PointGrid& points, const GridSpacing& spacing) {
  std::vector<double> squared = AlongFirstAxis(points, spacing[0]);
  const auto [nx, ny, nz] = points.size;
  LowerEnvelope along_y(ny), along_z(nz);
  for (int64_t x = 0; x < nx; ++x) {
    double* plane = squared.data() + x * ny * nz;
    for (int64_t z = 0; z < nz; ++z) along_y.Transform(plane + z, nz, spacing[1]);
    for (int64_t y = 0; y < ny; ++y) along_z.Transform(plane + y * nz, 1, spacing[2]);
  }
  return squared;
}

}  // namespace asap
