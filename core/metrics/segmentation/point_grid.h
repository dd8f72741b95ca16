// Sets of voxels, or of corners between voxels, on a small grid: the box around two masks.
#ifndef ASAP_CORE_METRICS_SEGMENTATION_POINT_GRID_H_
#define ASAP_CORE_METRICS_SEGMENTATION_POINT_GRID_H_

#include <array>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace asap {

using GridSize = std::array<int64_t, 3>;
using GridSpacing = std::array<double, 3>;  // mm between neighbours, by axis

// A mask in C order, the last axis contiguous; non-zero is foreground. A 2-D mask has one axis of size 1.
struct MaskView {
  absl::Span<const uint8_t> voxels;
  GridSize size;
};

// 0 or 1 a point, C order.
struct PointGrid {
  GridSize size = {0, 0, 0};
  std::vector<uint8_t> set;

  explicit PointGrid(const GridSize& grid) : size(grid), set(static_cast<size_t>(grid[0] * grid[1] * grid[2])) {}
  uint8_t* Row(int64_t x, int64_t y) { return set.data() + (x * size[1] + y) * size[2]; }
  const uint8_t* Row(int64_t x, int64_t y) const { return set.data() + (x * size[1] + y) * size[2]; }
};

struct Box {
  GridSize begin = {0, 0, 0}, end = {0, 0, 0};  // [begin, end); empty where both are 0
  bool empty() const { return end[0] == begin[0]; }
  GridSize Size() const { return {end[0] - begin[0], end[1] - begin[1], end[2] - begin[2]}; }
};

// The smallest box that holds the foreground of both masks, which have one size.
Box UnionBox(const MaskView& a, const MaskView& b);

// The mask within the box, as 0 and 1.
PointGrid Cropped(const MaskView& mask, const Box& box);

// Foreground with a background neighbour across one of the six faces; outside the grid is background. With `skip_thin_axes`, axes
// of size 1 have no faces: a mask one voxel thick is taken as 2-D.
PointGrid Border(const PointGrid& mask, bool skip_thin_axes = false);

}  // namespace asap

#endif  // ASAP_CORE_METRICS_SEGMENTATION_POINT_GRID_H_
