// Geometry in millimetres and the canvas that shapes are painted on.
//
// A shape is a signed distance (negative inside) and a bounding box; painting blends its tissue into every voxel of the box by
// the share of the voxel that the shape covers, so that a thin vessel in a coarse voxel looks as a scanner would show it. Only +
// - * / and sqrt are used here, which IEEE 754 fixes to the last bit: the same voxels come out on every machine.
#ifndef ASAP_DATASETS_PHANTOM_SHAPES_H_
#define ASAP_DATASETS_PHANTOM_SHAPES_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/base/random.h"
#include "core/imaging/volume.h"

namespace asap::phantom {

struct Vec3 {
  float x = 0, y = 0, z = 0;
};
inline Vec3 operator+(Vec3 a, Vec3 b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
inline Vec3 operator-(Vec3 a, Vec3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
inline Vec3 operator*(float s, Vec3 a) { return {s * a.x, s * a.y, s * a.z}; }
inline float Dot(Vec3 a, Vec3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
inline Vec3 Cross(Vec3 a, Vec3 b) { return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x}; }
inline float Length(Vec3 a) { return std::sqrt(Dot(a, a)); }
inline Vec3 Normalized(Vec3 a) { return (1.0f / std::max(Length(a), 1e-6f)) * a; }
inline float Clamp01(float value) { return std::min(1.0f, std::max(0.0f, value)); }
// 0 at `low`, 1 at `high` (which may be the smaller), flat ends.
inline float SmoothStep(float low, float high, float value) {
  const float t = Clamp01((value - low) / (high - low));
  return t * t * (3 - 2 * t);
}

// Near normal, mean 0, variance 1, within +-6: twelve uniforms less six. No libm, so the same on every machine.
double Gauss(CounterRng& rng);
Vec3 RandomUnit(CounterRng& rng);

struct Bounds {
  Vec3 low, high;
};

// Axis lengths `radii` along the orthonormal axes u, v, w.
struct Ellipsoid {
  Vec3 center;
  Vec3 radii;
  Vec3 u = {1, 0, 0}, v = {0, 1, 0}, w = {0, 0, 1};

  static Ellipsoid Along(Vec3 center, Vec3 radii, Vec3 axis);  // u = axis, v near horizontal
  // Distance to the surface in mm, exact near it (Quilez's first-order bound).
  float Distance(Vec3 p) const {
    const float iu = 1 / radii.x, iv = 1 / radii.y, iw = 1 / radii.z;  // leave loops over p once this is inlined
    const Vec3 d = p - center;
    const float a = Dot(d, u) * iu, b = Dot(d, v) * iv, c = Dot(d, w) * iw;
    const float k0 = std::sqrt(a * a + b * b + c * c);
    const float a2 = a * iu, b2 = b * iv, c2 = c * iw;
    const float k1 = std::sqrt(a2 * a2 + b2 * b2 + c2 * c2);
    return k0 * (k0 - 1) / std::max(k1, 1e-9f);
  }
  Bounds Box() const;
  Ellipsoid Grown(float mm) const;
};

// A cone-like tube between two points, rounded at its ends.
struct Tube {
  Vec3 a, b;
  float radius_a = 1, radius_b = 1;

  // Distance to the axis, and the radius there.
  float AxisDistance(Vec3 p, float* radius) const {
    const Vec3 ab = b - a, ap = p - a;
    const float t = Clamp01(Dot(ap, ab) / std::max(Dot(ab, ab), 1e-6f));
    *radius = radius_a + t * (radius_b - radius_a);
    return Length(ap - t * ab);
  }
  float Distance(Vec3 p) const {
    float radius;
    const float axis = AxisDistance(p, &radius);
    return axis - radius;
  }
  Bounds Box() const;
};

// Tubes through the points, radius interpolated.
std::vector<Tube> Chain(const std::vector<Vec3>& points, const std::vector<float>& radii);
// A smooth curve (Catmull-Rom) through the points, `steps` tubes to a segment.
std::vector<Tube> SmoothChain(const std::vector<Vec3>& points, const std::vector<float>& radii, int steps);
float Distance(const std::vector<Tube>& chain, Vec3 p);

// Smooth random field of one case: trilinear interpolation of hashed lattice values in [-1, 1], periodic in 16 cells.
class NoiseField {
 public:
  explicit NoiseField(CounterRng rng);
  // `cell`: mm per lattice cell.
  float At(Vec3 p, float cell) const {
    const float inverse = 1.0f / cell;
    return Sample(p.x * inverse + 1024.0f, p.y * inverse + 1024.0f, p.z * inverse + 1024.0f);
  }
  // Two octaves.
  float Fractal(Vec3 p, float cell) const { return 0.65f * At(p, cell) + 0.35f * At(p, cell * 0.47f); }

 private:
  static constexpr int kCells = 16;  // a power of two
  float Sample(float x, float y, float z) const {
    // Arguments are positive (At adds 1024 cells), so truncation is floor.
    const int ix = static_cast<int>(x), iy = static_cast<int>(y), iz = static_cast<int>(z);
    float fx = x - ix, fy = y - iy, fz = z - iz;
    fx = fx * fx * (3 - 2 * fx);
    fy = fy * fy * (3 - 2 * fy);
    fz = fz * fz * (3 - 2 * fz);
    constexpr int kMask = kCells - 1;
    const int x0 = ix & kMask, x1 = (ix + 1) & kMask;
    const int y0 = (iy & kMask) * kCells, y1 = ((iy + 1) & kMask) * kCells;
    const int z0 = (iz & kMask) * kCells * kCells, z1 = ((iz + 1) & kMask) * kCells * kCells;
    const auto plane = [&](const float* v) {
      const float near = v[x0 + y0] + fx * (v[x1 + y0] - v[x0 + y0]);
      const float far = v[x0 + y1] + fx * (v[x1 + y1] - v[x0 + y1]);
      return near + fy * (far - near);
    };
    const float low = plane(values_.data() + z0), high = plane(values_.data() + z1);
    return low + fz * (high - low);
  }
  std::vector<float> values_;
};

// The voxels of one case while it is painted. The grid's axes are the world's.
class Canvas {
 public:
  explicit Canvas(const Geometry& geometry);

  const Geometry geometry;
  std::vector<float> hu;          // x runs fastest, as in Volume
  std::vector<uint8_t> label;     // FineLabel
  std::vector<uint32_t> lesions;  // bit f: Finding f

  int nx() const { return nx_; }
  int ny() const { return ny_; }
  int nz() const { return nz_; }
  float X(int i) const { return origin_.x + i * spacing_.x; }
  float Y(int j) const { return origin_.y + j * spacing_.y; }
  float Z(int k) const { return origin_.z + k * spacing_.z; }
  size_t Offset(int j, int k) const { return static_cast<size_t>(nx_) * (j + static_cast<size_t>(ny_) * k); }
  float voxel() const { return voxel_; }  // mm over which an edge is blurred by the voxels' size
  Vec3 spacing() const { return spacing_; }

  // Share of a voxel covered by a solid whose surface is at signed distance d.
  float Coverage(float d) const { return Clamp01(0.5f - d * inverse_voxel_); }

  // Calls visit(index, p, distance(p)) for each voxel of the box, grown by half a voxel, whose distance is below half a voxel.
  template <typename DistanceFn, typename VisitFn>
  void Visit(const Bounds& box, DistanceFn distance, VisitFn visit) const {
    const float margin = 0.5f * voxel_;
    int low[3], high[3];
    if (!Range(box, margin, low, high)) return;
    for (int k = low[2]; k <= high[2]; ++k) {
      for (int j = low[1]; j <= high[1]; ++j) {
        const size_t row = Offset(j, k);
        Vec3 p = {0, Y(j), Z(k)};
        for (int i = low[0]; i <= high[0]; ++i) {
          p.x = X(i);
          const float d = distance(p);
          if (d < margin) visit(row + i, p, d);
        }
      }
    }
  }

  // Blends `value` HU into the solid and labels the voxels whose centre it holds. label < 0 keeps the labels.
  template <typename DistanceFn>
  void Solid(const Bounds& box, DistanceFn distance, float value, int new_label, uint32_t bits = 0) {
    Visit(box, distance, [&](size_t index, Vec3, float d) {
      const float share = Coverage(d);
      hu[index] += share * (value - hu[index]);
      if (d <= 0) {
        if (new_label >= 0) label[index] = static_cast<uint8_t>(new_label);
        lesions[index] |= bits;
      }
    });
  }
  void Paint(const Ellipsoid& shape, float value, int new_label, uint32_t bits = 0) {
    Solid(
        shape.Box(), [&](Vec3 p) { return shape.Distance(p); }, value, new_label, bits);
  }

  // Tubes thinner than a voxel are spread over one, by their cross-section's share of it. visit(index, share, inside).
  template <typename VisitFn>
  void VisitTube(const Tube& tube, VisitFn visit) const {
    const Bounds box = tube.Box();
    int low[3], high[3];
    if (!Range(box, voxel_, low, high)) return;
    for (int k = low[2]; k <= high[2]; ++k) {
      for (int j = low[1]; j <= high[1]; ++j) {
        const size_t row = Offset(j, k);
        Vec3 p = {0, Y(j), Z(k)};
        for (int i = low[0]; i <= high[0]; ++i) {
          p.x = X(i);
          float radius;
          const float axis = tube.AxisDistance(p, &radius);
          float share;
          if (radius >= 0.5f * voxel_) {
            share = Coverage(axis - radius);
          } else {
            share = std::min(1.0f, 3.1416f * radius * radius * inverse_voxel_ * inverse_voxel_) *
                    Clamp01(1.25f - axis * inverse_voxel_);
          }
          if (share > 0.01f) visit(row + i, share, axis <= std::max(radius, 0.45f * voxel_));
        }
      }
    }
  }
  void Paint(const Tube& tube, float value, int new_label, uint32_t bits = 0) {
    VisitTube(tube, [&](size_t index, float share, bool inside) {
      hu[index] += share * (value - hu[index]);
      if (inside) {
        if (new_label >= 0) label[index] = static_cast<uint8_t>(new_label);
        lesions[index] |= bits;
      }
    });
  }
  void Paint(const std::vector<Tube>& chain, float value, int new_label, uint32_t bits = 0) {
    for (const Tube& tube : chain) Paint(tube, value, new_label, bits);
  }

 private:
  // Voxel index ranges of the box grown by `margin`; false where it misses the grid.
  bool Range(const Bounds& box, float margin, int low[3], int high[3]) const;

  int nx_, ny_, nz_;
  Vec3 origin_, spacing_;
  float voxel_, inverse_voxel_;
};

}  // namespace asap::phantom

#endif  // ASAP_DATASETS_PHANTOM_SHAPES_H_
