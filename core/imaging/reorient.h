// Which way the voxel axes run, and how to make them run to Right, Anterior and Superior.
#ifndef ASAP_CORE_IMAGING_REORIENT_H_
#define ASAP_CORE_IMAGING_REORIENT_H_

#include <array>
#include <string>

#include "core/imaging/volume.h"

namespace asap {

struct Orientation {
  std::array<int, 3> world_axis = {0, 1, 2};            // per voxel axis, the world axis (0 R, 1 A, 2 S) that it runs along
  std::array<bool, 3> flipped = {false, false, false};  // per voxel axis, whether it runs towards L, P or I instead
};

// nibabel's io_orientation: the nearest orthonormal matrix to the axes' directions is taken apart greedily, axis by axis in file
// order, each taking the world axis of its largest component among those left.
Orientation OrientationOf(const Geometry& geometry);

// "LPS", as nibabel's aff2axcodes: the letter that each voxel axis runs towards.
std::string OrientationCode(const Orientation& orientation);

// A view of voxels in RAS+ order without moving them: voxel (i, j, k) of the view is data[offset + i*stride0 + j*stride1 +
// k*stride2].
template <typename T>
struct VolumeView {
  const T* data = nullptr;
  int64_t offset = 0;
  Index3 stride = {0, 0, 0};
  Geometry geometry;  // of the view: directions nearest to the world axes, spacing permuted, origin at the view's first voxel
};

// The volume must outlive the view.
template <typename T>
VolumeView<T> RasView(const Volume<T>& volume);

// The geometry that RasView gives to a volume of `geometry`.
Geometry RasGeometry(const Geometry& geometry);

// A copy of the voxels in RAS+ order; no interpolation.
template <typename T>
Volume<T> ReorientToRas(const Volume<T>& volume);

// The voxels along the axes of `like`, as far as these are the same ones flipped or in another order; no interpolation. Whether
// both then lie on one grid is for SameGrid to say.
template <typename T>
Volume<T> AlongAxesOf(const Geometry& like, Volume<T> volume);

// Implementation only below here.

struct RasLayout {
  int64_t offset;
  Index3 stride;
  Geometry geometry;
};
RasLayout RasLayoutOf(const Geometry& geometry);
// The layout of a volume of `geometry` along the axes of `like`.
RasLayout LayoutAlong(const Geometry& like, const Geometry& geometry);

template <typename T>
VolumeView<T> RasView(const Volume<T>& volume) {
  const RasLayout layout = RasLayoutOf(volume.geometry);
  return {volume.voxels.data(), layout.offset, layout.stride, layout.geometry};
}

template <typename T>
Volume<T> CopyOf(const VolumeView<T>& view) {
  Volume<T> result;
  result.geometry = view.geometry;
  result.voxels.resize(view.geometry.voxels());
  T* out = result.voxels.data();
  for (int64_t k = 0; k < view.geometry.size[2]; ++k) {
    for (int64_t j = 0; j < view.geometry.size[1]; ++j) {
      const T* row = view.data + view.offset + j * view.stride[1] + k * view.stride[2];
      for (int64_t i = 0; i < view.geometry.size[0]; ++i) *out++ = row[i * view.stride[0]];
    }
  }
  return result;
}

template <typename T>
Volume<T> ReorientToRas(const Volume<T>& volume) {
  return CopyOf(RasView(volume));
}

template <typename T>
Volume<T> AlongAxesOf(const Geometry& like, Volume<T> volume) {
  if (OrientationCode(OrientationOf(like)) == OrientationCode(OrientationOf(volume.geometry))) return volume;
  const RasLayout layout = LayoutAlong(like, volume.geometry);
  return CopyOf(VolumeView<T>{volume.voxels.data(), layout.offset, layout.stride, layout.geometry});
}

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_REORIENT_H_
