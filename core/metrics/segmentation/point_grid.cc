#include "core/metrics/segmentation/point_grid.h"

#include <algorithm>
#include <cstring>

namespace asap {
namespace {

bool AnySet(const uint8_t* row, int64_t n) {
  int64_t i = 0;
  for (; i + 32 <= n; i += 32) {
    uint64_t words[4];
    std::memcpy(words, row + i, sizeof words);
    if ((words[0] | words[1] | words[2] | words[3]) != 0) return true;
  }
  for (; i < n; ++i) {
    if (row[i] != 0) return true;
  }
  return false;
}

void Extend(const MaskView& mask, Box* box) {
  const auto [nx, ny, nz] = mask.size;
  for (int64_t x = 0; x < nx; ++x) {
    for (int64_t y = 0; y < ny; ++y) {
      const uint8_t* row = mask.voxels.data() + (x * ny + y) * nz;
      if (!AnySet(row, nz)) continue;
      int64_t first = 0, last = nz - 1;
      while (first < box->begin[2] && row[first] == 0) ++first;
      while (last >= box->end[2] && row[last] == 0) --last;
      box->begin = {std::min(box->begin[0], x), std::min(box->begin[1], y), std::min(box->begin[2], first)};
      box->end = {std::max(box->end[0], x + 1), std::max(box->end[1], y + 1), std::max(box->end[2], last + 1)};
    }
  }
}

}  // namespace

Box UnionBox(const MaskView& a, const MaskView& b) {
  Box box = {a.size, {0, 0, 0}};
  Extend(a, &box);
  Extend(b, &box);
  return box.end[0] == 0 ? Box() : box;
}

PointGrid Cropped(const MaskView& mask, const Box& box) {
  PointGrid grid(box.Size());
  for (int64_t x = 0; x < grid.size[0]; ++x) {
    for (int64_t y = 0; y < grid.size[1]; ++y) {
      const uint8_t* from =
          mask.voxels.data() + ((x + box.begin[0]) * mask.size[1] + y + box.begin[1]) * mask.size[2] + box.begin[2];
      uint8_t* to = grid.Row(x, y);
      for (int64_t z = 0; z < grid.size[2]; ++z) to[z] = from[z] != 0;
    }
  }
  return grid;
}

PointGrid Border(const PointGrid& mask, bool skip_thin_axes) {
  PointGrid border(mask.size);
  const auto [nx, ny, nz] = mask.size;
  const std::vector<uint8_t> outside(nz, 0), no_face(nz, 1);
  const auto neighbour = [&](int axis, int64_t x, int64_t y) {
    if (skip_thin_axes && mask.size[axis] == 1) return no_face.data();
    return x < 0 || y < 0 || x >= nx || y >= ny ? outside.data() : mask.Row(x, y);
  };
  const bool faces_in_row = nz > 1 || !skip_thin_axes;
  for (int64_t x = 0; x < nx; ++x) {
    for (int64_t y = 0; y < ny; ++y) {
      const uint8_t *here = mask.Row(x, y), *left = neighbour(0, x - 1, y), *right = neighbour(0, x + 1, y),
                    *front = neighbour(1, x, y - 1), *back = neighbour(1, x, y + 1);
      uint8_t* out = border.Row(x, y);
      for (int64_t z = 0; z < nz; ++z) out[z] = here[z] & ~(left[z] & right[z] & front[z] & back[z]);
      if (!faces_in_row) continue;
      for (int64_t z = 1; z + 1 < nz; ++z) out[z] |= here[z] & ~(here[z - 1] & here[z + 1]);
      out[0] = here[0];
      out[nz - 1] = here[nz - 1];
    }
  }
  return border;
}

}  // namespace asap
