#include "datasets/phantom/shapes.h"

namespace asap::phantom {

double Gauss(CounterRng& rng) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += rng.Uniform();
  return sum;
}

Vec3 RandomUnit(CounterRng& rng) {
  while (true) {
    const Vec3 p = {static_cast<float>(rng.Uniform(-1, 1)), static_cast<float>(rng.Uniform(-1, 1)),
                    static_cast<float>(rng.Uniform(-1, 1))};
    const float square = Dot(p, p);
    if (square > 0.01f && square <= 1) return Normalized(p);
  }
}

Ellipsoid Ellipsoid::Along(Vec3 center, Vec3 radii, Vec3 axis) {
  Ellipsoid shape{.center = center, .radii = radii};
  shape.u = Normalized(axis);
  const Vec3 up = std::abs(shape.u.z) < 0.9f ? Vec3{0, 0, 1} : Vec3{0, 1, 0};
  shape.v = Normalized(Cross(up, shape.u));
  shape.w = Cross(shape.u, shape.v);
  return shape;
}

Bounds Ellipsoid::Box() const {
  const auto extent = [&](float ux, float vx, float wx) {
    const float a = radii.x * ux, b = radii.y * vx, c = radii.z * wx;
    return std::sqrt(a * a + b * b + c * c);
  };
  const Vec3 half = {extent(u.x, v.x, w.x), extent(u.y, v.y, w.y), extent(u.z, v.z, w.z)};
  return {center - half, center + half};
}

Ellipsoid Ellipsoid::Grown(float mm) const {
  Ellipsoid grown = *this;
  grown.radii = grown.radii + Vec3{mm, mm, mm};
  return grown;
}

Bounds Tube::Box() const {
  const float r = std::max(radius_a, radius_b);
  return {{std::min(a.x, b.x) - r, std::min(a.y, b.y) - r, std::min(a.z, b.z) - r},
          {std::max(a.x, b.x) + r, std::max(a.y, b.y) + r, std::max(a.z, b.z) + r}};
}

std::vector<Tube> Chain(const std::vector<Vec3>& points, const std::vector<float>& radii) {
  std::vector<Tube> tubes;
  for (size_t i = 0; i + 1 < points.size(); ++i) tubes.push_back({points[i], points[i + 1], radii[i], radii[i + 1]});
  return tubes;
}

std::vector<Tube> SmoothChain(const std::vector<Vec3>& points, const std::vector<float>& radii, int steps) {
  std::vector<Vec3> fine;
  std::vector<float> fine_radii;
  const int n = static_cast<int>(points.size());
  for (int i = 0; i + 1 < n; ++i) {
    const Vec3 p0 = points[std::max(0, i - 1)], p1 = points[i], p2 = points[i + 1], p3 = points[std::min(n - 1, i + 2)];
    for (int s = 0; s < steps; ++s) {
      const float t = static_cast<float>(s) / steps;
      const Vec3 linear = 0.5f * t * (p2 - p0);
      const Vec3 square = 0.5f * t * t * (2.0f * p0 - 5.0f * p1 + 4.0f * p2 - p3);
      const Vec3 cube = 0.5f * t * t * t * (3.0f * p1 - p0 - 3.0f * p2 + p3);
      fine.push_back(p1 + linear + square + cube);
      fine_radii.push_back(radii[i] + t * (radii[i + 1] - radii[i]));
    }
  }
  fine.push_back(points.back());
  fine_radii.push_back(radii.back());
  return Chain(fine, fine_radii);
}

float Distance(const std::vector<Tube>& chain, Vec3 p) {
  float nearest = 1e9f;
  for (const Tube& tube : chain) nearest = std::min(nearest, tube.Distance(p));
  return nearest;
}

NoiseField::NoiseField(CounterRng rng) : values_(kCells * kCells * kCells) {
  for (float& value : values_) value = static_cast<float>(static_cast<double>(rng.Next() >> 40) * 0x1.0p-23 - 1.0);
}

Canvas::Canvas(const Geometry& grid)
    : geometry(grid),
      hu(grid.voxels(), -1000.0f),
      label(grid.voxels(), 0),
      lesions(grid.voxels(), 0),
      nx_(static_cast<int>(grid.size[0])),
      ny_(static_cast<int>(grid.size[1])),
      nz_(static_cast<int>(grid.size[2])),
      origin_{static_cast<float>(grid.origin[0]), static_cast<float>(grid.origin[1]), static_cast<float>(grid.origin[2])},
      spacing_{static_cast<float>(grid.spacing[0]), static_cast<float>(grid.spacing[1]), static_cast<float>(grid.spacing[2])},
      // Most edges are seen in the axial plane; thick slices blur them further.
      voxel_(0.4f * (spacing_.x + spacing_.y) + 0.2f * spacing_.z),
      inverse_voxel_(1.0f / voxel_) {}

bool Canvas::Range(const Bounds& box, float margin, int low[3], int high[3]) const {
  const auto axis = [&](float box_low, float box_high, float origin, float spacing, int count, int* first, int* last) {
    const float a = std::max(0.0f, std::ceil((box_low - margin - origin) / spacing));
    const float b = std::min(count - 1.0f, std::floor((box_high + margin - origin) / spacing));
    *first = static_cast<int>(a);
    *last = static_cast<int>(b);
    return a <= b;
  };
  return axis(box.low.x, box.high.x, origin_.x, spacing_.x, nx_, &low[0], &high[0]) &&
         axis(box.low.y, box.high.y, origin_.y, spacing_.y, ny_, &low[1], &high[1]) &&
         axis(box.low.z, box.high.z, origin_.z, spacing_.z, nz_, &low[2], &high[2]);
}

}  // namespace asap::phantom
