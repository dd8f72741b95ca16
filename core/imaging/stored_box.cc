#include "core/imaging/stored_box.h"

#include <algorithm>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "core/imaging/geometry.h"
#include "core/imaging/transpose.h"

namespace asap {
namespace {

// File order, 8 x 8 voxels at a time, four of these beside each other: their source rows are one cache line each.
template <typename T>
void CopyTransposed(const T* from, const Index3& stride, const Index3& size, T* out) {
  constexpr int64_t kBlock = 8, kTile = 32;
  const int64_t out_stride = size[1] * size[2];
  const int64_t whole0 = size[0] / kBlock * kBlock, whole2 = size[2] / kBlock * kBlock;
  for (int64_t x0 = 0; x0 < whole0; x0 += kTile) {
    const int64_t x1 = std::min(x0 + kTile, whole0);
    for (int64_t z = 0; z < whole2; z += kBlock) {
      for (int64_t x = x0; x < x1; x += kBlock) {
        Transpose8x8(from + x + z * stride[2], stride[2], out + x * out_stride + z, out_stride);
      }
    }
  }
  for (int64_t x = 0; x < size[0]; ++x) {
    for (int64_t z = x < whole0 ? whole2 : 0; z < size[2]; ++z) out[x * out_stride + z] = from[x + z * stride[2]];
  }
}

// A tile at a time: its source rows are one cache line each where axis 0 runs without gaps.
template <typename From, typename To>
void CopyTiled(const From* from, const Index3& stride, const Index3& size, To* out) {
  if constexpr (std::is_same_v<From, To>) {
    if (stride[0] == 1) return CopyTransposed(from, stride, size, out);
  }
  constexpr int64_t kTile = 64 / sizeof(From);
  for (int64_t x0 = 0; x0 < size[0]; x0 += kTile) {
    const int64_t x1 = std::min(x0 + kTile, size[0]);
    for (int64_t z0 = 0; z0 < size[2]; z0 += kTile) {
      const int64_t z1 = std::min(z0 + kTile, size[2]);
      for (int64_t x = x0; x < x1; ++x) {
        const From* column = from + x * stride[0];
        To* row = out + x * size[1] * size[2];
        for (int64_t z = z0; z < z1; ++z) row[z] = static_cast<To>(column[z * stride[2]]);
      }
    }
  }
}

template <typename From, typename To>
void Copy(const From* from, const Index3& stride, const Index3& size, To* out) {
  if (stride[2] == 1) {
    for (int64_t x = 0; x < size[0]; ++x) {
      for (int64_t y = 0; y < size[1]; ++y) {
        const From* row = from + x * stride[0] + y * stride[1];
        for (int64_t z = 0; z < size[2]; ++z) out[z] = row[z];
        out += size[2];
      }
    }
    return;
  }
  for (int64_t y = 0; y < size[1]; ++y) CopyTiled(from + y * stride[1], stride, size, out + y * size[2]);
}

}  // namespace

absl::Status CheckBox(const Geometry& geometry, const Box& box) {
  for (int axis = 0; axis < 3; ++axis) {
    if (box.start[axis] < 0 || box.size[axis] < 1 || box.start[axis] > geometry.size[axis] - box.size[axis]) {
      return absl::OutOfRangeError(absl::StrCat("a box of ", SizeText(box.size), " voxels at ", SizeText(box.start),
                                                " does not lie in a volume of ", SizeText(geometry.size)));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<StoredBox> StoredSource::Locate(const Box& box) const {
  ASAP_RETURN_IF_ERROR(CheckBox(geometry(), box));
  return BoxWithin(Whole(), box);
}

absl::Status StoredSource::Read(const Box& box, absl::Span<int16_t> out) const {
  ASAP_ASSIGN_OR_RETURN(const StoredBox stored, Locate(box));
  if (static_cast<int64_t>(out.size()) != box.size[0] * box.size[1] * box.size[2]) {
    return absl::InvalidArgumentError(absl::StrCat("room for ", out.size(), " voxels given for a box of ", SizeText(box.size)));
  }
  CopyStored(stored, box.size, out.data());
  return absl::OkStatus();
}

StoredBox BoxWithin(const StoredBox& whole, const Box& box) {
  int64_t offset = 0;
  for (int axis = 0; axis < 3; ++axis) offset += box.start[axis] * whole.stride[axis];
  StoredBox part = whole;
  if (part.shorts != nullptr) part.shorts += offset;
  if (part.bytes != nullptr) part.bytes += offset;
  return part;
}

void CopyStored(const StoredBox& stored, const Index3& size, int16_t* out) {
  if (stored.shorts != nullptr) {
    Copy(stored.shorts, stored.stride, size, out);
  } else {
    Copy(stored.bytes, stored.stride, size, out);
  }
}

void CopyStored(const StoredBox& stored, const Index3& size, uint8_t* out) { Copy(stored.bytes, stored.stride, size, out); }

void CopyPlane(const int16_t* from, const Index3& stride, const Index3& size, int64_t y, int16_t* out) {
  CopyTiled(from + y * stride[1], stride, {size[0], 1, size[2]}, out);
}

void CopyPlane(const uint8_t* from, const Index3& stride, const Index3& size, int64_t y, uint8_t* out) {
  CopyTiled(from + y * stride[1], stride, {size[0], 1, size[2]}, out);
}

}  // namespace asap
