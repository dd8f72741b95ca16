#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/imaging/segment/structures.h"

namespace asap {
namespace {

constexpr float kBoneHu = 125;      // cancellous bone begins at 100 to 150; muscle and unenhanced blood end at 80
constexpr float kCorticalHu = 230;  // a piece without any voxel this dense is a vessel with a little contrast, or a calcification
constexpr double kLeastMm3 = 400;   // a piece of a rib
constexpr double kMarrowMm2 = 900;  // marrow within a ring of cortex, at most: a vertebral body's
constexpr float kMarrowHu = 70;     // its mean is above this, that of the spinal canal and of discs below
constexpr double kVertebraMm = 40;  // side of the square that a vertebra with its arch fills
constexpr double kBodyDepthMm = 40;     // from the middle of such a square to the front of the vertebral body, at most
constexpr double kContrastShare = 0.1;  // of the soft tissue between the lungs as dense as bone: contrast; calcification is less
constexpr double kVesselMm = 16;        // with contrast, what is thicker is blood, but for vertebral bodies ...
constexpr double kBodyWidthMm = 46;     // ... which are no wider
constexpr double kRibMm = 10;           // the first ribs run within the lungs' hull, at its edge

// Sums over boxes of `half` voxels to each side along x and y.
std::vector<float> BoxSums(const std::vector<float>& plane, int64_t nx, int64_t ny, int64_t half_x, int64_t half_y) {
  std::vector<float> rows(plane.size(), 0), sums(plane.size(), 0);
  for (int64_t y = 0; y < ny; ++y) {
    for (int64_t x = 0; x < nx; ++x) {
      for (int64_t d = std::max<int64_t>(0, x - half_x); d <= std::min(nx - 1, x + half_x); ++d) {
        rows[x + nx * y] += plane[d + nx * y];
      }
    }
  }
  for (int64_t y = 0; y < ny; ++y) {
    for (int64_t d = std::max<int64_t>(0, y - half_y); d <= std::min(ny - 1, y + half_y); ++d) {
      for (int64_t x = 0; x < nx; ++x) sums[x + nx * y] += rows[x + nx * d];
    }
  }
  return sums;
}

// The rows between which most of the lungs lie: the 5th and the 95th percentile.
struct Rows {
  double low = 0, high = -1;
};
Rows RowsOf(const Mask& mask) {
  std::vector<int64_t> counts(mask.geometry.size[1], 0);
  int64_t total = 0, seen = 0;
  for (int64_t z = 0; z < mask.geometry.size[2]; ++z) {
    for (int64_t y = 0; y < mask.geometry.size[1]; ++y) {
      for (int64_t x = 0; x < mask.geometry.size[0]; ++x) counts[y] += mask.at(x, y, z);
    }
  }
  for (const int64_t count : counts) total += count;
  Rows rows;
  for (int64_t y = 0; y < mask.geometry.size[1] && total > 0; ++y) {
    if (20 * seen < total) rows.low = static_cast<double>(y);
    seen += counts[y];
    if (20 * seen >= 19 * total && rows.high < 0) rows.high = static_cast<double>(y);
  }
  return rows;
}

// The column of dense voxels along the body's axis at its back, and its front slice by slice. `foremost` is the row that its
// front cannot lie before: with contrast, the heart is denser.
void FindSpine(const Mask& dense, const Mask& body, double foremost, Skeleton* skeleton) {
  const Geometry& grid = dense.geometry;
  const int64_t nx = grid.size[0], ny = grid.size[1], nz = grid.size[2];
  double middle_x = 0, count = 0;
  std::vector<float> along_z(nx * ny, 0);
  for (int64_t z = 0; z < nz; ++z) {
    for (int64_t y = 0; y < ny; ++y) {
      for (int64_t x = 0; x < nx; ++x) {
        along_z[x + nx * y] += dense.at(x, y, z);
        middle_x += body.at(x, y, z) * static_cast<double>(x);
        count += body.at(x, y, z);
      }
    }
  }
  if (count == 0) return;
  middle_x /= count;
  const int64_t half_x = std::max<int64_t>(1, std::llround(kVertebraMm / 2 / grid.spacing[0]));
  const int64_t half_y = std::max<int64_t>(1, std::llround(kVertebraMm / 2 / grid.spacing[1]));
  const std::vector<float> sums = BoxSums(along_z, nx, ny, half_x, half_y);
  float most = 0;
  int64_t spine_x = 0, spine_y = 0;
  for (int64_t y = 0; y < ny && static_cast<double>(y) < foremost - 10 / grid.spacing[1]; ++y) {
    for (int64_t x = 0; x < nx; ++x) {
      if (std::abs(static_cast<double>(x) - middle_x) * grid.spacing[0] > 90 || sums[x + nx * y] <= most) continue;
      most = sums[x + nx * y], spine_x = x, spine_y = y;
    }
  }
  // A column: a tenth of the square is dense in most slices.
  if (most < 0.1 * static_cast<double>((2 * half_x + 1) * (2 * half_y + 1) * nz)) return;
  skeleton->has_spine = true;
  skeleton->spine_x = static_cast<double>(spine_x);
  std::vector<double> fronts(nz, -1);
  const int64_t strip = std::max<int64_t>(1, std::llround(9 / grid.spacing[0]));
  const double last = std::min(foremost, static_cast<double>(spine_y) + kBodyDepthMm / grid.spacing[1]);
  for (int64_t z = 0; z < nz; ++z) {
    // The foremost row with bone across a third of the strip.
    for (int64_t y = std::max<int64_t>(0, spine_y - half_y); y < ny && static_cast<double>(y) <= last; ++y) {
      int64_t bone = 0;
      for (int64_t x = std::max<int64_t>(0, spine_x - strip); x <= std::min(nx - 1, spine_x + strip); ++x) {
        bone += dense.at(x, y, z);
      }
      if (3 * bone >= 2 * strip + 1) fronts[z] = static_cast<double>(y);
    }
  }
  // Median over 50 mm: discs and gaps take over from their neighbours, as do slices where contrast adjoins.
  const int64_t reach = std::max<int64_t>(1, std::llround(25 / grid.spacing[2]));
  skeleton->spine_front.assign(nz, std::min(foremost, static_cast<double>(spine_y) + 15 / grid.spacing[1]));
  for (int64_t z = 0; z < nz; ++z) {
    std::vector<double> near;
    for (int64_t d = std::max<int64_t>(0, z - reach); d <= std::min(nz - 1, z + reach); ++d) {
      if (fronts[d] >= 0) near.push_back(fronts[d]);
    }
    if (near.empty()) continue;
    std::nth_element(near.begin(), near.begin() + static_cast<int64_t>(near.size()) / 2, near.end());
    skeleton->spine_front[z] = near[near.size() / 2];
  }
}

// In front of the spine within the rib cage: heart, vessels and bowel, where contrast is as dense as bone. Below the lungs the
// last wide hull of the lungs goes on.
Mask Inside(const Mask& lungs, const std::vector<double>& front) {
  const Geometry& grid = lungs.geometry;
  Mask hull = ConvexHullInSlices(lungs);
  const int64_t slice = grid.size[0] * grid.size[1];
  std::vector<int64_t> area(grid.size[2]);
  for (int64_t z = 0; z < grid.size[2]; ++z) {
    area[z] = std::count(hull.voxels.begin() + z * slice, hull.voxels.begin() + (z + 1) * slice, 1);
  }
  const int64_t widest = *std::max_element(area.begin(), area.end());
  // The tips of the lungs at the top of an abdomen say nothing about its width.
  if (static_cast<double>(widest) * grid.spacing[0] * grid.spacing[1] > 20'000) {
    int64_t last = 0;
    while (10 * area[last] < 7 * widest) ++last;
    for (int64_t z = 0; z < last; ++z) {
      for (int64_t i = 0; i < slice; ++i) hull.voxels[z * slice + i] |= hull.voxels[last * slice + i];
    }
  }
  hull = Erode(hull, kRibMm);
  for (int64_t z = 0; z < grid.size[2]; ++z) {
    for (int64_t y = 0; y < grid.size[1]; ++y) {
      if (static_cast<double>(y) > front[z]) continue;
      for (int64_t x = 0; x < grid.size[0]; ++x) hull.at(x, y, z) = 0;
    }
  }
  return hull;
}

// Whether the soft tissue between the lungs is full of contrast medium. `hull` leaves the ribs out.
bool HasContrast(const Volume<float>& hu, const Mask& hull, const Mask& lungs, double from_row) {
  int64_t soft = 0, dense = 0;
  for (size_t i = 0; i < hu.voxels.size(); ++i) {
    const int64_t row = static_cast<int64_t>(i) / hu.geometry.size[0] % hu.geometry.size[1];
    if (!hull.voxels[i] || lungs.voxels[i] || static_cast<double>(row) <= from_row || hu.voxels[i] < -30) continue;
    ++soft;
    dense += hu.voxels[i] > kBoneHu;
  }
  return static_cast<double>(dense) > kContrastShare * static_cast<double>(soft);
}

// The aorta beside the spine, and what else of the heart is left.
void RemoveBlood(const Mask& thick, const Mask& hull, const Skeleton& skeleton, Mask* dense) {
  const Geometry& grid = dense->geometry;
  for (size_t i = 0; i < dense->voxels.size(); ++i) {
    const int64_t at = static_cast<int64_t>(i);
    const double x = static_cast<double>(at % grid.size[0]), y = static_cast<double>(at / grid.size[0] % grid.size[1]);
    const bool spine = skeleton.has_spine && std::abs(x - skeleton.spine_x) * grid.spacing[0] < kBodyWidthMm / 2 &&
                       y <= skeleton.spine_front[at / (grid.size[0] * grid.size[1])];
    if (spine) continue;
    if (thick.voxels[i] && hull.voxels[i]) dense->voxels[i] = 0;
  }
}

// Marrow within its ring of cortex, slice by slice.
void FillMarrow(const Volume<float>& hu, Mask* bones) {
  Mask rest = *bones;
  for (uint8_t& voxel : rest.voxels) voxel = voxel == 0;
  const double area = hu.geometry.spacing[0] * hu.geometry.spacing[1];
  for (int64_t z = 0; z < hu.geometry.size[2]; ++z) {
    for (const SliceComponent& hole : SliceComponents(rest, z)) {
      const double count = static_cast<double>(hole.voxels.size());
      if (hole.touches_border || count * area > kMarrowMm2) continue;
      double sum = 0;
      for (const int64_t voxel : hole.voxels) sum += hu.voxels[voxel];
      if (sum < kMarrowHu * count) continue;
      for (const int64_t voxel : hole.voxels) bones->voxels[voxel] = 1;
    }
  }
}

}  // namespace

Skeleton FindBones(const Volume<float>& hu, const Mask& body, const Mask& lungs) {
  const Geometry& grid = hu.geometry;
  Skeleton skeleton;
  Mask dense = EmptyMask(grid);
  for (size_t i = 0; i < dense.voxels.size(); ++i) dense.voxels[i] = body.voxels[i] && hu.voxels[i] > kBoneHu;
  const Rows lung_rows = RowsOf(lungs), body_rows = RowsOf(body);
  const double lung_depth = lung_rows.high - lung_rows.low;
  const bool has_lungs = lung_depth > 0;
  const Mask hull = ConvexHullInSlices(lungs);
  const bool contrast = has_lungs && HasContrast(hu, Erode(hull, 2 * kRibMm), lungs, lung_rows.low + 0.4 * lung_depth);
  // The vertebral bodies lie within the hind third of the lungs, with room for bent spines where nothing else is as dense;
  // without lungs, within the hind half of the body.
  const double foremost =
      has_lungs ? lung_rows.low + (contrast ? 0.3 : 0.6) * lung_depth : body_rows.low + 0.55 * (body_rows.high - body_rows.low);
  FindSpine(dense, body, foremost, &skeleton);
  if (has_lungs) {
    const Mask thick = contrast ? Open(dense, kVesselMm / 2) : EmptyMask(grid);
    const Mask inside = Inside(lungs, skeleton.has_spine ? skeleton.spine_front : std::vector<double>(grid.size[2], foremost));
    for (size_t i = 0; i < dense.voxels.size(); ++i) dense.voxels[i] &= !inside.voxels[i];
    if (contrast) RemoveBlood(thick, hull, skeleton, &dense);
  }
  const MaskComponents parts = ConnectedComponents(dense);
  std::vector<bool> cortical(parts.sizes.size() + 1, false);
  for (size_t i = 0; i < dense.voxels.size(); ++i) {
    if (hu.voxels[i] > kCorticalHu) cortical[parts.labels[i]] = true;
  }
  const double voxel_mm3 = grid.spacing[0] * grid.spacing[1] * grid.spacing[2];
  for (size_t i = 0; i < dense.voxels.size(); ++i) {
    const int32_t part = parts.labels[i];
    dense.voxels[i] = part > 0 && cortical[part] && static_cast<double>(parts.sizes[part - 1]) * voxel_mm3 >= kLeastMm3;
  }
  FillMarrow(hu, &dense);
  skeleton.bones = std::move(dense);
  return skeleton;
}

}  // namespace asap
