#include "core/imaging/formats/npz_volume.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "core/imaging/formats/nifti_header.h"
#include "core/imaging/geometry.h"
#include "core/imaging/stored_box.h"
#include "core/io/npz.h"

namespace asap {
namespace {

absl::StatusOr<Geometry> GeometryOf(const NpyHeader& header, const std::string& path) {
  const bool int16 = header.kind == 'i' && header.item_bytes == 2 && !header.big_endian;
  if (!int16 || header.shape.size() != 3) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": the array \"", kNpzArray, "\" is ", header.Type(), " of shape ",
                                                   header.Shape(),
                                                   "; expected int16 HU of three axes, (slices, rows, columns), as RAD-ChestCT "
                                                   "publishes them. Convert other arrays to NIfTI"));
  }
  Index3 size = {header.shape[0], header.shape[1], header.shape[2]};
  std::array<int, 3> world = {2, 1, 0};  // of slices, rows, columns
  if (!header.fortran_order) {
    std::swap(size[0], size[2]);
    std::swap(world[0], world[2]);
  }
  if (*std::min_element(size.begin(), size.end()) < 1 || header.count() > kMaxVoxels) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": the array \"", kNpzArray, "\" has the shape ", header.Shape(), "; expected 1 to 2^30 voxels"));
  }
  Geometry geometry;
  geometry.size = size;
  geometry.spacing = {kNpzSpacing, kNpzSpacing, kNpzSpacing};
  geometry.direction = {};
  for (int axis = 0; axis < 3; ++axis) geometry.direction[3 * world[axis] + axis] = -1;
  return geometry;
}

// An array in memory, in file order.
class Voxels : public StoredSource, public RowSource {
 public:
  static absl::StatusOr<std::unique_ptr<Voxels>> Open(const std::string& path) {
    ASAP_ASSIGN_OR_RETURN(const NpzFile file, NpzFile::Open(path));
    // Before memory is taken.
    ASAP_ASSIGN_OR_RETURN(const NpyHeader header, file.Header(kNpzArray));
    ASAP_ASSIGN_OR_RETURN(const Geometry geometry, GeometryOf(header, path));
    ASAP_ASSIGN_OR_RETURN(NpyArray array, file.Read(kNpzArray));
    return std::unique_ptr<Voxels>(new Voxels(geometry, std::move(array)));
  }

  const Geometry& geometry() const override { return geometry_; }
  void ReadRow(int64_t offset, int64_t stride, int64_t count, float* out) const override {
    const int16_t* from = voxels() + offset;
    for (int64_t i = 0; i < count; ++i) out[i] = from[i * stride];
  }

 private:
  Voxels(const Geometry& geometry, NpyArray array) : geometry_(geometry), array_(std::move(array)) {}
  StoredBox Whole() const override { return {.shorts = voxels(), .stride = FileOrderStride(geometry_.size)}; }
  const int16_t* voxels() const { return reinterpret_cast<const int16_t*>(array_.elements.data()); }

  const Geometry geometry_;
  const NpyArray array_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<VoxelSource>> OpenNpzVolume(const std::string& path) { return Voxels::Open(path); }
absl::StatusOr<std::unique_ptr<RowSource>> OpenNpzRows(const std::string& path) { return Voxels::Open(path); }

absl::StatusOr<Volume<float>> ReadNpzVolume(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<Voxels> voxels, Voxels::Open(path));
  Volume<float> volume;
  volume.geometry = voxels->geometry();
  volume.voxels.resize(volume.geometry.voxels());
  voxels->ReadRow(0, 1, volume.geometry.voxels(), volume.voxels.data());
  return volume;
}

absl::StatusOr<Geometry> ReadNpzGeometry(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const NpzFile file, NpzFile::Open(path));
  ASAP_ASSIGN_OR_RETURN(const NpyHeader header, file.Header(kNpzArray));
  return GeometryOf(header, path);
}

}  // namespace asap
