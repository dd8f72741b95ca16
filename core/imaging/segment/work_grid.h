// The grid on which a chest is segmented: RAS axes, about 3 mm, however the scan came.
#ifndef ASAP_CORE_IMAGING_SEGMENT_WORK_GRID_H_
#define ASAP_CORE_IMAGING_SEGMENT_WORK_GRID_H_

#include <array>
#include <cstdint>
#include <vector>

#include "core/imaging/volume.h"

namespace asap {

class WorkGrid {
 public:
  // Averages the scan's voxels over cells of about 3 mm, after clamping to [-1024, 2000] HU, so that padding and metal weigh no
  // more than air and bone. Axes whose voxels are 2 mm or larger are not averaged.
  explicit WorkGrid(const Volume<float>& scan);

  const Volume<float>& hu() const { return hu_; }
  // The cell of voxel (i, j, k) of the scan is offset(0)[i] + offset(1)[j] + offset(2)[k].
  const std::vector<int64_t>& offset(int scan_axis) const { return offset_[scan_axis]; }

 private:
  Volume<float> hu_;
  std::array<std::vector<int64_t>, 3> offset_;
};

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_SEGMENT_WORK_GRID_H_
