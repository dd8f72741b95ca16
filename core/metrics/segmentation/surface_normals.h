// The normals of the surface at a corner of eight voxels.
#ifndef ASAP_CORE_METRICS_SEGMENTATION_SURFACE_NORMALS_H_
#define ASAP_CORE_METRICS_SEGMENTATION_SURFACE_NORMALS_H_

#include <array>
#include <cstdint>
#include <vector>

namespace asap {

// Up to four triangles' normals, their length the area in units of a voxel's face, by the code of surfels.h; none for codes 0 and
// 255. The table is `neighbour_code_to_normals` of google-deepmind/surface-distance (Apache-2.0, Copyright 2018 Google Inc.): its
// areas follow from the triangulation that its authors chose, and cannot be derived anew.
std::vector<std::array<double, 3>> SurfaceNormals(uint8_t code);

}  // namespace asap

#endif  // ASAP_CORE_METRICS_SEGMENTATION_SURFACE_NORMALS_H_
