// Work on boxes of voxels where they are stored (StoredBox of volume.h), for those who implement VoxelSource.
#ifndef ASAP_CORE_IMAGING_STORED_BOX_H_
#define ASAP_CORE_IMAGING_STORED_BOX_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/imaging/volume.h"

namespace asap {

// OutOfRange unless the box has voxels and lies inside a volume of `geometry`.
absl::Status CheckBox(const Geometry& geometry, const Box& box);

// For sources whose voxels lie in memory as a whole.
class StoredSource : public VoxelSource {
 public:
  absl::StatusOr<StoredBox> Locate(const Box& box) const override;
  absl::Status Read(const Box& box, absl::Span<int16_t> out) const override;

 private:
  virtual StoredBox Whole() const = 0;
};

// The part `box` of a volume that is stored as `whole`.
StoredBox BoxWithin(const StoredBox& whole, const Box& box);

// Copies a box of `size` voxels to array order, axis 2 fastest. Fast where axis 0 or axis 2 runs without gaps.
void CopyStored(const StoredBox& stored, const Index3& size, int16_t* out);
// The same for a box of stored bytes.
void CopyStored(const StoredBox& stored, const Index3& size, uint8_t* out);

// The plane (axis 0, axis 2) at index `y` along axis 1, to [size0, size2] with axis 2 fastest, in the stored type.
void CopyPlane(const int16_t* from, const Index3& stride, const Index3& size, int64_t y, int16_t* out);
void CopyPlane(const uint8_t* from, const Index3& stride, const Index3& size, int64_t y, uint8_t* out);

// Strides, in elements, of the two orders in which volumes are stored.
inline Index3 FileOrderStride(const Index3& size) { return {1, size[0], size[0] * size[1]}; }   // axis 0 fastest, as in NIfTI
inline Index3 ArrayOrderStride(const Index3& size) { return {size[1] * size[2], size[2], 1}; }  // axis 2 fastest, as in a batch

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_STORED_BOX_H_
