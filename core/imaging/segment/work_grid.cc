#include "core/imaging/segment/work_grid.h"

#include <algorithm>
#include <cmath>

#include "core/imaging/reorient.h"

namespace asap {
namespace {

constexpr double kCellMm = 3;
constexpr double kCoarseMm = 2;  // averaging two such voxels would leave too few across a bronchus

}  // namespace

WorkGrid::WorkGrid(const Volume<float>& scan) {
  const Geometry ras = RasGeometry(scan.geometry);
  const Orientation orientation = OrientationOf(scan.geometry);
  hu_.geometry = ras;
  for (int axis = 0; axis < 3; ++axis) {
    if (ras.spacing[axis] >= kCoarseMm) continue;
    const double extent = static_cast<double>(ras.size[axis]) * ras.spacing[axis];
    hu_.geometry.size[axis] = std::max<int64_t>(1, std::llround(extent / kCellMm));
    hu_.geometry.spacing[axis] = extent / static_cast<double>(hu_.geometry.size[axis]);
  }
  const Index3 stride = {1, hu_.geometry.size[0], hu_.geometry.size[0] * hu_.geometry.size[1]};
  for (int axis = 0; axis < 3; ++axis) {
    const int world = orientation.world_axis[axis];
    const int64_t count = scan.geometry.size[axis], cells = hu_.geometry.size[world];
    offset_[axis].resize(count);
    for (int64_t i = 0; i < count; ++i) {
      const int64_t cell = i * cells / count;
      offset_[axis][i] = stride[world] * (orientation.flipped[axis] ? cells - 1 - cell : cell);
    }
  }
  hu_.voxels.assign(hu_.geometry.voxels(), 0);
  std::vector<int32_t> counts(hu_.voxels.size(), 0);
  const float* in = scan.voxels.data();
  for (int64_t k = 0; k < scan.geometry.size[2]; ++k) {
    for (int64_t j = 0; j < scan.geometry.size[1]; ++j) {
      const int64_t row = offset_[1][j] + offset_[2][k];
      for (int64_t i = 0; i < scan.geometry.size[0]; ++i) {
        const int64_t cell = row + offset_[0][i];
        // A NaN becomes the lower bound.
        hu_.voxels[cell] += std::min(2000.0f, *in > -1024.0f ? *in : -1024.0f);
        ++counts[cell];
        ++in;
      }
    }
  }
  for (size_t cell = 0; cell < counts.size(); ++cell) hu_.voxels[cell] /= static_cast<float>(std::max(1, counts[cell]));
}

}  // namespace asap
