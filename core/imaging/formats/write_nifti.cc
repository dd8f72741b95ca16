#include "core/imaging/formats/write_nifti.h"

#include <cstring>
#include <limits>
#include <type_traits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/bytes/gzip.h"
#include "core/imaging/formats/nifti_header.h"
#include "core/imaging/geometry.h"

namespace asap {
namespace {

constexpr int kVoxelOffset = 352;
constexpr size_t kDescriptionBytes = 79;  // of 80, the last being zero

template <typename T>
constexpr NiftiType TypeOf() {
  if (std::is_same_v<T, uint8_t>) return NiftiType::kUint8;
  if (std::is_same_v<T, int16_t>) return NiftiType::kInt16;
  return NiftiType::kFloat32;
}

// Header and empty extension flag, zero wherever the geometry and the type have nothing to say. Byte offsets are the standard's.
std::string HeaderBytes(const Geometry& geometry, NiftiType type, int bytes_per_voxel, absl::string_view description) {
  std::string bytes(kVoxelOffset, '\0');
  const auto put = [&](int offset, auto value) { memcpy(&bytes[offset], &value, sizeof(value)); };
  put(0, static_cast<int32_t>(kNiftiHeaderBytes));
  put(40, int16_t{3});
  put(76, 1.0f);  // qfac
  for (int axis = 0; axis < 3; ++axis) {
    put(42 + 2 * axis, static_cast<int16_t>(geometry.size[axis]));
    put(80 + 4 * axis, static_cast<float>(geometry.spacing[axis]));
  }
  for (int axis = 3; axis < 7; ++axis) {
    put(42 + 2 * axis, int16_t{1});
    put(80 + 4 * axis, 1.0f);
  }
  put(70, static_cast<int16_t>(type));
  put(72, static_cast<int16_t>(8 * bytes_per_voxel));
  put(108, static_cast<float>(kVoxelOffset));
  put(112, 1.0f);  // slope
  description.substr(0, kDescriptionBytes).copy(&bytes[148], kDescriptionBytes);
  put(254, int16_t{2});
  const Affine affine = AffineFromGeometry(geometry);
  for (int i = 0; i < 12; ++i) put(280 + 4 * i, static_cast<float>(affine[i]));
  memcpy(&bytes[344], "n+1", 3);
  return bytes;
}

}  // namespace

template <typename T>
absl::Status WriteNifti(const std::string& path, const Volume<T>& volume, absl::string_view description, int threads) {
  const Geometry& geometry = volume.geometry;
  for (int axis = 0; axis < 3; ++axis) {
    if (geometry.size[axis] < 1 || geometry.size[axis] > std::numeric_limits<int16_t>::max()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": a volume of ", SizeText(geometry.size),
                                                     " voxels does not fit NIfTI-1, whose axes have 1 to 32767"));
    }
  }
  if (static_cast<int64_t>(volume.voxels.size()) != geometry.voxels()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", volume.voxels.size(), " voxels given for a grid of ", SizeText(geometry.size)));
  }
  std::string bytes = HeaderBytes(geometry, TypeOf<T>(), sizeof(T), description);
  const absl::string_view voxels(reinterpret_cast<const char*>(volume.voxels.data()), volume.voxels.size() * sizeof(T));
  if (absl::EndsWithIgnoreCase(path, ".nii.gz")) {
    ASAP_ASSIGN_OR_RETURN(bytes, Gzip(bytes, voxels, threads));
  } else if (absl::EndsWithIgnoreCase(path, ".nii")) {
    bytes.append(voxels.data(), voxels.size());
  } else {
    return absl::InvalidArgumentError(absl::StrCat(path, ": expected a name that ends in .nii or .nii.gz"));
  }
  return WriteFileAtomically(path, bytes);
}

template absl::Status WriteNifti(const std::string&, const Volume<int16_t>&, absl::string_view, int);
template absl::Status WriteNifti(const std::string&, const Volume<uint8_t>&, absl::string_view, int);
template absl::Status WriteNifti(const std::string&, const Volume<float>&, absl::string_view, int);

}  // namespace asap
