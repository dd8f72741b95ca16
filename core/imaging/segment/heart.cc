#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/imaging/segment/structures.h"

namespace asap {
namespace {

constexpr float kSoftHu = -30;                  // muscle and blood (20 and more) against fat (-100)
constexpr double kBelowCarinaMm = 25;           // the heart begins about here; above are the great vessels
constexpr double kHeightMm = 125;               // from there to the apex, at most
constexpr double kRightMm = 60, kLeftMm = 110;  // from the middle of the spine; the liver's dome is further to the right
constexpr double kBehindMm = 12;                // in front of the vertebral bodies run the oesophagus and the aorta
constexpr double kStrandMm = 5;
constexpr double kThickMm = 13;      // thinner parts are vessels, muscles and strands
constexpr double kLungShare = 0.25;  // of the most front lung in any slice: less is below the diaphragm
constexpr double kDomeShare = 0.6;   // of the most front right lung: less is beside the liver's dome, and the heart ends ...
constexpr double kDomeMm = 25;       // ... this far to the right

}  // namespace

Mask FindHeartRegion(const Volume<float>& hu, const Lungs& lungs, const AirwayTree& airways, const Skeleton& skeleton,
                     std::vector<std::string>* notes) {
  const Geometry& grid = hu.geometry;
  const int64_t nx = grid.size[0], ny = grid.size[1], nz = grid.size[2];
  if (CountVoxels(lungs.right) == 0 || CountVoxels(lungs.left) == 0 || !skeleton.has_spine) {
    notes->push_back("no heart region: both lungs and the spine are needed to place it");
    return EmptyMask(grid);
  }
  Mask both = lungs.right;
  for (size_t i = 0; i < both.voxels.size(); ++i) both.voxels[i] |= lungs.left.voxels[i];
  // Lung in front of the spine, a slice: it vanishes where the diaphragm has been reached.
  std::vector<int64_t> front(nz, 0), front_right(nz, 0);
  int64_t lung_top = 0, lung_bottom = nz;
  for (int64_t z = 0; z < nz; ++z) {
    for (int64_t y = 0; y < ny; ++y) {
      if (static_cast<double>(y) < skeleton.spine_front[z] + 30 / grid.spacing[1]) continue;
      for (int64_t x = 0; x < nx; ++x) {
        front[z] += both.at(x, y, z);
        front_right[z] += lungs.right.at(x, y, z);
      }
    }
    if (front[z] == 0) continue;
    lung_top = std::max(lung_top, z);
    lung_bottom = std::min(lung_bottom, z);
  }
  int64_t top = lung_bottom + std::llround(0.55 * static_cast<double>(lung_top - lung_bottom));
  if (CountVoxels(airways.lumen) > 0) {
    top = airways.carina_slice - std::llround(kBelowCarinaMm / grid.spacing[2]);
  } else {
    notes->push_back("no trachea was found: the heart region's upper end is a guess");
  }
  top = std::min(top, nz - 1);
  const int64_t most = *std::max_element(front.begin(), front.end());
  const int64_t most_right = *std::max_element(front_right.begin(), front_right.end());
  int64_t bottom = std::max<int64_t>(0, top - std::llround(kHeightMm / grid.spacing[2]));
  while (bottom < top && static_cast<double>(front[bottom]) < kLungShare * static_cast<double>(most)) ++bottom;

  const Mask hull = ConvexHullInSlices(both);
  Mask soft = EmptyMask(grid);
  for (int64_t z = bottom; z <= top; ++z) {
    const bool dome = static_cast<double>(front_right[z]) < kDomeShare * static_cast<double>(most_right);
    for (int64_t y = 0; y < ny; ++y) {
      if (static_cast<double>(y) < skeleton.spine_front[z] + kBehindMm / grid.spacing[1]) continue;
      for (int64_t x = 0; x < nx; ++x) {
        const double right = (static_cast<double>(x) - skeleton.spine_x) * grid.spacing[0];
        if (right > (dome ? kDomeMm : kRightMm) || right < -kLeftMm || hu.at(x, y, z) < kSoftHu) continue;
        soft.at(x, y, z) = hull.at(x, y, z) && !both.at(x, y, z) && !airways.lumen.at(x, y, z) && !skeleton.bones.at(x, y, z);
      }
    }
  }
  // Strands of fat, and noise, would take it apart.
  Mask heart = LargestComponent(Open(Close(soft, kStrandMm), kThickMm));
  if (CountVoxels(heart) == 0) notes->push_back("no heart region was found between the lungs");
  return heart;
}

}  // namespace asap
