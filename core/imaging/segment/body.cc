#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "core/imaging/segment/structures.h"

namespace asap {
namespace {

// Wider than a sheet, a cable or the table's cover, thinner than any part of the trunk.
constexpr double kTableMm = 6;
// Padding around a circular field of view is constant and at least as dark as air; a patch of it is larger than a bulla.
constexpr float kPaddingHu = -1020;
constexpr double kPaddingMm2 = 1000;
// Share of eight directions in which a patch of air meets the trunk, on average. Lung that is cut along one side sees it in five
// or more; the air in front of the chest, and the foam of the table behind it, in three or fewer.
constexpr double kEnclosed = 0.45;

// How many of eight rays within the axial slice meet the trunk before they leave the volume, a voxel.
std::vector<uint8_t> TrunkInSight(const Mask& trunk, int64_t z) {
  const int64_t nx = trunk.geometry.size[0], ny = trunk.geometry.size[1];
  std::vector<uint8_t> hits(nx * ny, 0), seen(nx * ny);
  for (int dy = -1; dy <= 1; ++dy) {
    for (int dx = -1; dx <= 1; ++dx) {
      if (dx == 0 && dy == 0) continue;
      // Against the ray, so that the next voxel along it is known already.
      for (int64_t row = 0; row < ny; ++row) {
        const int64_t y = dy > 0 ? ny - 1 - row : row;
        for (int64_t column = 0; column < nx; ++column) {
          const int64_t x = dx > 0 ? nx - 1 - column : column;
          const int64_t to_x = x + dx, to_y = y + dy;
          uint8_t& here = seen[x + nx * y];
          here = to_x >= 0 && to_y >= 0 && to_x < nx && to_y < ny && (trunk.at(to_x, to_y, z) || seen[to_x + nx * to_y]);
          hits[x + nx * y] += here;
        }
      }
    }
  }
  return hits;
}

}  // namespace

float OpenAirHu(const Volume<float>& hu) {
  if (hu.voxels.empty()) return -930;
  std::vector<float> values = hu.voxels;
  const auto percentile = values.begin() + static_cast<int64_t>(values.size()) / 100;
  std::nth_element(values.begin(), percentile, values.end());
  return std::min(-930.0f, *percentile + 40);
}

Mask FindBody(const Volume<float>& hu) {
  Mask tissue = EmptyMask(hu.geometry), padding = tissue;
  for (size_t i = 0; i < hu.voxels.size(); ++i) {
    tissue.voxels[i] = hu.voxels[i] > kAirTissueHu;
    padding.voxels[i] = hu.voxels[i] < kPaddingHu;
  }
  const Mask trunk = LargestComponent(Open(tissue, kTableMm));
  Mask rest = trunk, body = trunk;
  for (uint8_t& voxel : rest.voxels) voxel = voxel == 0;
  const double area = hu.geometry.spacing[0] * hu.geometry.spacing[1];
  const int64_t slice = hu.geometry.size[0] * hu.geometry.size[1];
  for (int64_t z = 0; z < hu.geometry.size[2]; ++z) {
    const std::vector<uint8_t> hits = TrunkInSight(trunk, z);
    for (const SliceComponent& part : SliceComponents(rest, z)) {
      int64_t seen = 0;
      for (const int64_t voxel : part.voxels) seen += hits[voxel - z * slice];
      if (part.touches_border && static_cast<double>(seen) < 8 * kEnclosed * static_cast<double>(part.voxels.size())) continue;
      for (const int64_t voxel : part.voxels) body.voxels[voxel] = 1;
    }
    // Padding that touches lung is one component with it; its own voxels give it away.
    for (const SliceComponent& part : SliceComponents(padding, z)) {
      if (!part.touches_border || static_cast<double>(part.voxels.size()) * area < kPaddingMm2) continue;
      for (const int64_t voxel : part.voxels) body.voxels[voxel] = 0;
    }
  }
  return body;
}

}  // namespace asap
