// Operations on 3-D masks in millimetres, through ITK, whose slow headers stay in the .cc.
//
// A mask is a Volume<uint8_t> of 0 and 1. Only its size and spacing count here. What lies beyond the border of the volume is
// unknown: it neither erodes a mask nor adds to it, so that a structure cut by the field of view stays whole up to the cut.
#ifndef ASAP_CORE_IMAGING_SEGMENT_MORPHOLOGY_H_
#define ASAP_CORE_IMAGING_SEGMENT_MORPHOLOGY_H_

#include <cstdint>
#include <vector>

#include "core/imaging/volume.h"

namespace asap {

using Mask = Volume<uint8_t>;

// A mask on the same grid, all zero.
Mask EmptyMask(const Geometry& geometry);
int64_t CountVoxels(const Mask& mask);

struct MaskComponents {
  std::vector<int32_t> labels;  // a voxel: 0 outside the mask, else 1 + the component's place in `sizes`
  std::vector<int64_t> sizes;   // voxels, largest first
};
// Face-connected components.
MaskComponents ConnectedComponents(const Mask& mask);
// The largest component; empty where the mask is.
Mask LargestComponent(const Mask& mask);

// A voxel: mm to the centre of the mask's nearest voxel, 0 inside. Very large everywhere where the mask is empty.
std::vector<float> DistanceTo(const Mask& mask);

// By a ball of radius `mm`.
Mask Dilate(const Mask& mask, double mm);
Mask Erode(const Mask& mask, double mm);
Mask Open(const Mask& mask, double mm);
Mask Close(const Mask& mask, double mm);

// Fills what is enclosed within an axial slice (axes 0 and 1), where it covers at most `most_mm2`.
void FillHolesInSlices(double most_mm2, Mask* mask);

// The components (4-connected) of one axial slice of a mask.
struct SliceComponent {
  std::vector<int64_t> voxels;  // indices into the volume
  bool touches_border = false;
};
std::vector<SliceComponent> SliceComponents(const Mask& mask, int64_t z);

// Axial slice by slice, all voxels within the convex hull of the mask's.
Mask ConvexHullInSlices(const Mask& mask);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_SEGMENT_MORPHOLOGY_H_
