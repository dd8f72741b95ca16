// What a volume is: voxels on a grid with a place in the world.
#ifndef ASAP_CORE_IMAGING_VOLUME_H_
#define ASAP_CORE_IMAGING_VOLUME_H_

#include <array>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace asap {

using Index3 = std::array<int64_t, 3>;

// A volume larger than this is taken for a damaged or hostile header: 2^30 voxels are 1024 x 1024 x 1024.
inline constexpr int64_t kMaxVoxels = int64_t{1} << 30;

// world = origin + direction * (spacing .* index), in mm. World axes are RAS+: x grows towards the patient's Right, y towards
// Anterior, z towards Superior, as in NIfTI.
struct Geometry {
  Index3 size = {0, 0, 0};                                        // voxels along axes 0, 1, 2
  std::array<double, 3> spacing = {1, 1, 1};                      // mm
  std::array<double, 3> origin = {0, 0, 0};                       // mm, centre of voxel (0, 0, 0)
  std::array<double, 9> direction = {1, 0, 0, 0, 1, 0, 0, 0, 1};  // row-major 3x3; column a is the unit vector of axis a

  int64_t voxels() const { return size[0] * size[1] * size[2]; }
};

// Voxels in file order: axis 0 runs fastest, as in NIfTI and ITK. CT is in HU.
template <typename T>
struct Volume {
  Geometry geometry;
  std::vector<T> voxels;

  T& at(int64_t x, int64_t y, int64_t z) { return voxels[x + geometry.size[0] * (y + geometry.size[1] * z)]; }
  const T& at(int64_t x, int64_t y, int64_t z) const { return voxels[x + geometry.size[0] * (y + geometry.size[1] * z)]; }
};

// A box of voxels: [start, start + size) along each axis.
struct Box {
  Index3 start = {0, 0, 0};
  Index3 size = {0, 0, 0};
};

// A box of voxels where they are stored: voxel (i, j, k) of the box is element i*stride0 + j*stride1 + k*stride2 of `shorts` or
// of `bytes`, whichever is not null.
struct StoredBox {
  const int16_t* shorts = nullptr;
  const uint8_t* bytes = nullptr;
  Index3 stride = {0, 0, 0};

  bool empty() const { return shorts == nullptr && bytes == nullptr; }
};

// Read access to the voxels of one case: HU, or labels. Where the storage allows, a box costs only itself. Thread-safe.
class VoxelSource {
 public:
  virtual ~VoxelSource() = default;
  virtual const Geometry& geometry() const = 0;
  // A box, which must lie inside the volume, where it is stored, for as long as the source lives: nothing is copied. Empty where
  // the storage is not memory, and Read is the way.
  virtual absl::StatusOr<StoredBox> Locate(const Box& box) const { return StoredBox(); }
  // Copies a box, which must lie inside the volume, to `out` in array order: [size0, size1, size2], axis 2 fastest.
  virtual absl::Status Read(const Box& box, absl::Span<int16_t> out) const = 0;
};

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_VOLUME_H_
