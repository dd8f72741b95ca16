#include "core/imaging/reorient.h"

#include <cmath>

#include "core/imaging/geometry.h"

namespace asap {

Orientation OrientationOf(const Geometry& geometry) {
  std::array<double, 9> r = NearestOrthonormal(geometry.direction);
  Orientation orientation;
  for (int axis = 0; axis < 3; ++axis) {
    int best = 0;
    for (int row = 1; row < 3; ++row) {
      if (std::abs(r[3 * row + axis]) > std::abs(r[3 * best + axis])) best = row;
    }
    orientation.world_axis[axis] = best;
    orientation.flipped[axis] = r[3 * best + axis] < 0;
    for (int other = 0; other < 3; ++other) r[3 * best + other] = 0;
  }
  return orientation;
}

std::string OrientationCode(const Orientation& orientation) {
  constexpr char kPositive[] = "RAS", kNegative[] = "LPI";
  std::string code;
  for (int axis = 0; axis < 3; ++axis) {
    code += (orientation.flipped[axis] ? kNegative : kPositive)[orientation.world_axis[axis]];
  }
  return code;
}

RasLayout RasLayoutOf(const Geometry& geometry) {
  const Orientation orientation = OrientationOf(geometry);
  const Index3 file_stride = {1, geometry.size[0], geometry.size[0] * geometry.size[1]};
  RasLayout layout = {};
  std::array<double, 3> first = {0, 0, 0};  // file index of the view's first voxel
  for (int axis = 0; axis < 3; ++axis) {
    const int world = orientation.world_axis[axis];
    const double sign = orientation.flipped[axis] ? -1 : 1;
    layout.geometry.size[world] = geometry.size[axis];
    layout.geometry.spacing[world] = geometry.spacing[axis];
    layout.stride[world] = orientation.flipped[axis] ? -file_stride[axis] : file_stride[axis];
    if (orientation.flipped[axis]) {
      layout.offset += (geometry.size[axis] - 1) * file_stride[axis];
      first[axis] = static_cast<double>(geometry.size[axis] - 1);
    }
    for (int row = 0; row < 3; ++row) layout.geometry.direction[3 * row + world] = sign * geometry.direction[3 * row + axis];
  }
  layout.geometry.origin = IndexToWorld(geometry, first);
  return layout;
}

RasLayout LayoutAlong(const Geometry& like, const Geometry& geometry) {
  const RasLayout ras = RasLayoutOf(geometry);
  const Orientation orientation = OrientationOf(like);
  RasLayout layout = {.offset = ras.offset};
  std::array<double, 3> first = {0, 0, 0};  // index along R, A and S of the first voxel
  for (int axis = 0; axis < 3; ++axis) {
    const int world = orientation.world_axis[axis];
    const int64_t size = layout.geometry.size[axis] = ras.geometry.size[world];
    layout.geometry.spacing[axis] = ras.geometry.spacing[world];
    const int sign = orientation.flipped[axis] ? -1 : 1;
    layout.stride[axis] = sign * ras.stride[world];
    if (orientation.flipped[axis]) {
      layout.offset += (size - 1) * ras.stride[world];
      first[world] = static_cast<double>(size - 1);
    }
    for (int row = 0; row < 3; ++row) layout.geometry.direction[3 * row + axis] = sign * ras.geometry.direction[3 * row + world];
  }
  layout.geometry.origin = IndexToWorld(ras.geometry, first);
  return layout;
}

Geometry RasGeometry(const Geometry& geometry) { return RasLayoutOf(geometry).geometry; }

}  // namespace asap
