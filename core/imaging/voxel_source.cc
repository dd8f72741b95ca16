#include "core/imaging/voxel_source.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "core/imaging/geometry.h"
#include "core/imaging/nifti.h"
#include "core/imaging/read_volume.h"

namespace asap {
namespace {

// File order (axis 0 fastest) to array order (axis 2 fastest), a tile at a time: a tile's source rows are one cache line each.
template <typename T>
void CopyBox(const T* voxels, const Index3& size, const Box& box, int16_t* out) {
  constexpr int64_t kTile = 64 / sizeof(T);
  const int64_t plane = size[0] * size[1];
  for (int64_t y = 0; y < box.size[1]; ++y) {
    const T* from = voxels + box.start[0] + size[0] * (box.start[1] + y) + plane * box.start[2];
    int16_t* to = out + y * box.size[2];
    for (int64_t x0 = 0; x0 < box.size[0]; x0 += kTile) {
      const int64_t x1 = std::min(x0 + kTile, box.size[0]);
      for (int64_t z0 = 0; z0 < box.size[2]; z0 += kTile) {
        const int64_t z1 = std::min(z0 + kTile, box.size[2]);
        for (int64_t x = x0; x < x1; ++x) {
          int16_t* row = to + x * box.size[1] * box.size[2];
          for (int64_t z = z0; z < z1; ++z) row[z] = static_cast<int16_t>(from[x + z * plane]);
        }
      }
    }
  }
}

absl::Status CheckBox(const Geometry& geometry, const Box& box, size_t out_size) {
  for (int axis = 0; axis < 3; ++axis) {
    if (box.start[axis] < 0 || box.size[axis] < 1 || box.start[axis] > geometry.size[axis] - box.size[axis]) {
      return absl::OutOfRangeError(absl::StrCat("a box of ", SizeText(box.size), " voxels at ", SizeText(box.start),
                                                " does not lie in a volume of ", SizeText(geometry.size)));
    }
  }
  if (static_cast<int64_t>(out_size) != box.size[0] * box.size[1] * box.size[2]) {
    return absl::InvalidArgumentError(absl::StrCat("room for ", out_size, " voxels given for a box of ", SizeText(box.size)));
  }
  return absl::OkStatus();
}

class MemorySource : public VoxelSource {
 public:
  explicit MemorySource(Volume<int16_t> volume) : volume_(std::move(volume)) {}

  const Geometry& geometry() const override { return volume_.geometry; }

  absl::Status Read(const Box& box, absl::Span<int16_t> out) const override {
    ASAP_RETURN_IF_ERROR(CheckBox(volume_.geometry, box, out.size()));
    CopyBox(volume_.voxels.data(), volume_.geometry.size, box, out.data());
    return absl::OkStatus();
  }

 private:
  const Volume<int16_t> volume_;
};

// Stored int16 or uint8 in this machine's byte order, mapped or decoded.
class NiftiSource : public VoxelSource {
 public:
  explicit NiftiSource(NiftiFile file) : file_(std::move(file)) {}

  static bool Serves(const NiftiHeader& header) {
    return !header.scaled && (header.type == NiftiType::kUint8 || (header.type == NiftiType::kInt16 && !header.swapped &&
                                                                   header.voxel_offset % sizeof(int16_t) == 0));
  }

  const Geometry& geometry() const override { return file_.geometry(); }

  absl::Status Read(const Box& box, absl::Span<int16_t> out) const override {
    ASAP_RETURN_IF_ERROR(CheckBox(geometry(), box, out.size()));
    const char* bytes = file_.voxel_bytes().data();
    if (file_.header().type == NiftiType::kUint8) {
      CopyBox(reinterpret_cast<const uint8_t*>(bytes), geometry().size, box, out.data());
    } else {
      CopyBox(reinterpret_cast<const int16_t*>(bytes), geometry().size, box, out.data());
    }
    return absl::OkStatus();
  }

 private:
  const NiftiFile file_;
};

absl::StatusOr<Volume<int16_t>> Rounded(const Volume<float>& volume, const std::string& path) {
  Volume<int16_t> rounded;
  rounded.geometry = volume.geometry;
  rounded.voxels.reserve(volume.voxels.size());
  for (float value : volume.voxels) {
    if (!std::isfinite(value)) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": holds voxels that are not finite, expected HU or labels. Convert the scan anew."));
    }
    rounded.voxels.push_back(static_cast<int16_t>(std::lround(std::clamp(value, -32768.0f, 32767.0f))));
  }
  return rounded;
}

}  // namespace

absl::StatusOr<std::unique_ptr<VoxelSource>> OpenVoxelSource(const std::string& path) {
  std::error_code error;
  const bool nifti = absl::EndsWithIgnoreCase(path, ".nii") || absl::EndsWithIgnoreCase(path, ".nii.gz");
  if (nifti && !std::filesystem::is_directory(path, error)) {
    ASAP_ASSIGN_OR_RETURN(NiftiFile file, NiftiFile::Open(path));
    if (NiftiSource::Serves(file.header())) return std::make_unique<NiftiSource>(std::move(file));
  }
  ASAP_ASSIGN_OR_RETURN(const Volume<float> volume, ReadVolume(path));
  ASAP_ASSIGN_OR_RETURN(Volume<int16_t> rounded, Rounded(volume, path));
  return MakeVoxelSource(std::move(rounded));
}

std::unique_ptr<VoxelSource> MakeVoxelSource(Volume<int16_t> volume) { return std::make_unique<MemorySource>(std::move(volume)); }

}  // namespace asap
