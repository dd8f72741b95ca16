#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/imaging/segment/structures.h"

namespace asap {
namespace {

// Cross-section of an adult's trachea: 10 to 27 mm wide, at this threshold, with room for partial volume.
constexpr float kTracheaHu = -750;
constexpr double kTracheaLeastMm2 = 50, kTracheaMostMm2 = 800;
// Its middle is air, which lung tissue is not.
constexpr float kLumenHu = -900;
// From slice to slice it keeps its place and size.
constexpr double kDriftMm = 8, kGrowth = 2.2;
constexpr double kTracheaLeastMm = 20;  // length; shorter is a bowel loop or a lung tip
constexpr double kOffCentreMm = 60;
// The main bronchi end within this of the carina; two of them hold 10 to 20 ml of air.
constexpr double kBronchiMm = 65, kBronchiMostMm3 = 35'000;
// Lumen against lung: the largest threshold in this range that does not leak into the lungs.
constexpr float kLooseHu = -870, kStrictHu = -970, kStepHu = 10;

struct CrossSection {
  SliceComponent part;
  double x = 0, y = 0;  // mm
  double mm2 = 0;
  int before = -1;  // index in the slice above
  double length = 0;
};

std::vector<CrossSection> CrossSections(const Volume<float>& hu, const Mask& air, const Mask& body, int64_t z) {
  const Geometry& grid = hu.geometry;
  double middle = 0, count = 0;
  for (int64_t y = 0; y < grid.size[1]; ++y) {
    for (int64_t x = 0; x < grid.size[0]; ++x) {
      middle += body.at(x, y, z) * static_cast<double>(x) * grid.spacing[0];
      count += body.at(x, y, z);
    }
  }
  std::vector<CrossSection> result;
  for (SliceComponent& part : SliceComponents(air, z)) {
    CrossSection section;
    section.mm2 = static_cast<double>(part.voxels.size()) * grid.spacing[0] * grid.spacing[1];
    if (part.touches_border || section.mm2 < kTracheaLeastMm2 || section.mm2 > kTracheaMostMm2) continue;
    float least = 0;
    double low_x = 1e9, high_x = 0, low_y = 1e9, high_y = 0;
    for (const int64_t voxel : part.voxels) {
      const double x = static_cast<double>(voxel % grid.size[0]) * grid.spacing[0];
      const double y = static_cast<double>(voxel / grid.size[0] % grid.size[1]) * grid.spacing[1];
      section.x += x / static_cast<double>(part.voxels.size());
      section.y += y / static_cast<double>(part.voxels.size());
      low_x = std::min(low_x, x), high_x = std::max(high_x, x), low_y = std::min(low_y, y), high_y = std::max(high_y, y);
      least = std::min(least, hu.voxels[voxel]);
    }
    // Round: fills most of a square, while a strip along a rib or a fissure does not.
    const double side = std::max(high_x - low_x + grid.spacing[0], high_y - low_y + grid.spacing[1]);
    if (least > kLumenHu || section.mm2 < 0.3 * side * side) continue;
    if (count > 0 && std::abs(section.x - middle / count) > kOffCentreMm) continue;
    section.part = std::move(part);
    result.push_back(std::move(section));
  }
  return result;
}

// Voxels within `region` connected with `seeds` by faces.
Mask Grow(const Mask& region, const std::vector<int64_t>& seeds) {
  const Index3& size = region.geometry.size;
  const Index3 stride = {1, size[0], size[0] * size[1]};
  Mask grown = EmptyMask(region.geometry);
  std::vector<int64_t> open;
  for (const int64_t seed : seeds) {
    grown.voxels[seed] = 1;
    open.push_back(seed);
  }
  while (!open.empty()) {
    const int64_t at = open.back();
    open.pop_back();
    const Index3 index = {at % size[0], at / stride[1] % size[1], at / stride[2]};
    for (int axis = 0; axis < 3; ++axis) {
      for (const int step : {-1, 1}) {
        if (index[axis] + step < 0 || index[axis] + step >= size[axis]) continue;
        const int64_t next = at + step * stride[axis];
        if (grown.voxels[next] || !region.voxels[next]) continue;
        grown.voxels[next] = 1;
        open.push_back(next);
      }
    }
  }
  return grown;
}

}  // namespace

AirwayTree FindAirways(const Volume<float>& hu, const Mask& body) {
  const Geometry& grid = hu.geometry;
  AirwayTree tree;
  tree.lumen = EmptyMask(grid);
  Mask air = tree.lumen;
  for (size_t i = 0; i < air.voxels.size(); ++i) air.voxels[i] = body.voxels[i] && hu.voxels[i] < kTracheaHu;

  // The longest chain of cross-sections from above downwards.
  std::vector<std::vector<CrossSection>> slices(grid.size[2]);
  int64_t last_slice = -1;
  int last = -1;
  for (int64_t z = grid.size[2] - 1; z >= 0; --z) {
    slices[z] = CrossSections(hu, air, body, z);
    for (size_t i = 0; i < slices[z].size(); ++i) {
      CrossSection& section = slices[z][i];
      section.length = grid.spacing[2];
      if (z + 1 < grid.size[2]) {
        for (size_t j = 0; j < slices[z + 1].size(); ++j) {
          const CrossSection& above = slices[z + 1][j];
          const double drift = std::hypot(section.x - above.x, section.y - above.y);
          const double growth = std::max(section.mm2, above.mm2) / std::min(section.mm2, above.mm2);
          if (drift > kDriftMm || growth > kGrowth || above.length + grid.spacing[2] <= section.length) continue;
          section.length = above.length + grid.spacing[2];
          section.before = static_cast<int>(j);
        }
      }
      if (last < 0 || section.length > slices[last_slice][last].length) last_slice = z, last = static_cast<int>(i);
    }
  }
  if (last < 0 || slices[last_slice][last].length < kTracheaLeastMm) return tree;

  tree.carina_slice = last_slice;
  std::vector<int64_t> trachea, seeds;
  int sections = 0;
  const CrossSection lowest = slices[last_slice][last];
  for (int64_t z = last_slice; last >= 0; ++z) {
    const CrossSection& section = slices[z][last];
    for (const int64_t voxel : section.part.voxels) {
      trachea.push_back(voxel);
      if (hu.voxels[voxel] < kStrictHu + 20) seeds.push_back(voxel);
    }
    tree.x += section.x / grid.spacing[0];
    ++sections;
    last = section.before;
  }
  tree.x /= sections;
  for (const int64_t voxel : trachea) tree.lumen.voxels[voxel] = 1;

  const double voxel_mm3 = grid.spacing[0] * grid.spacing[1] * grid.spacing[2];
  for (float most = kLooseHu; most >= kStrictHu; most -= kStepHu) {
    Mask region = EmptyMask(grid);
    for (int64_t z = 0; z <= last_slice; ++z) {
      for (int64_t y = 0; y < grid.size[1]; ++y) {
        for (int64_t x = 0; x < grid.size[0]; ++x) {
          const double far =
              std::hypot(static_cast<double>(x) * grid.spacing[0] - lowest.x, static_cast<double>(y) * grid.spacing[1] - lowest.y,
                         static_cast<double>(z - last_slice) * grid.spacing[2]);
          region.at(x, y, z) = far < kBronchiMm && body.at(x, y, z) && hu.at(x, y, z) < most;
        }
      }
    }
    std::vector<int64_t> entries;
    for (const int64_t voxel : lowest.part.voxels) {
      if (region.voxels[voxel]) entries.push_back(voxel);
    }
    const Mask bronchi = Grow(region, entries);
    if (static_cast<double>(CountVoxels(bronchi)) * voxel_mm3 > kBronchiMostMm3) continue;
    for (size_t i = 0; i < bronchi.voxels.size(); ++i) tree.lumen.voxels[i] |= bronchi.voxels[i];
    break;
  }
  return tree;
}

}  // namespace asap
