#include "core/imaging/formats/voxel_source.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "core/imaging/formats/nifti.h"
#include "core/imaging/formats/npz_volume.h"
#include "core/imaging/formats/read_volume.h"
#include "core/imaging/memory_source.h"
#include "core/imaging/stored_box.h"

namespace asap {
namespace {

// Stored int16 or uint8 in this machine's byte order, mapped or decoded.
class NiftiSource : public StoredSource {
 public:
  explicit NiftiSource(NiftiFile file) : file_(std::move(file)) {}

  static bool Serves(const NiftiHeader& header) {
    return !header.scaled && (header.type == NiftiType::kUint8 || (header.type == NiftiType::kInt16 && !header.swapped &&
                                                                   header.voxel_offset % sizeof(int16_t) == 0));
  }

  const Geometry& geometry() const override { return file_.geometry(); }

 private:
  StoredBox Whole() const override {
    const char* voxels = file_.voxel_bytes().data();
    const Index3 stride = FileOrderStride(geometry().size);
    if (file_.header().type == NiftiType::kUint8) return {.bytes = reinterpret_cast<const uint8_t*>(voxels), .stride = stride};
    return {.shorts = reinterpret_cast<const int16_t*>(voxels), .stride = stride};
  }

  const NiftiFile file_;
};

bool IsNiftiName(const std::string& path) {
  return absl::EndsWithIgnoreCase(path, ".nii") || absl::EndsWithIgnoreCase(path, ".nii.gz") || !OtherHalf(path).empty();
}

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
  if (IsNiftiName(path) && !std::filesystem::is_directory(path, error)) {
    ASAP_ASSIGN_OR_RETURN(NiftiFile file, NiftiFile::Open(path));
    if (NiftiSource::Serves(file.header())) return std::make_unique<NiftiSource>(std::move(file));
  }
  if (absl::EndsWithIgnoreCase(path, ".npz")) return OpenNpzVolume(path);
  ASAP_ASSIGN_OR_RETURN(const Volume<float> volume, ReadVolume(path));
  ASAP_ASSIGN_OR_RETURN(Volume<int16_t> rounded, Rounded(volume, path));
  return MakeVoxelSource(std::move(rounded));
}

bool IsMappedAsStored(const std::string& path) {
  if (!absl::EndsWithIgnoreCase(path, ".nii")) return false;
  const absl::StatusOr<NiftiHeader> header = ReadPlainNiftiHeader(path);
  return header.ok() && NiftiSource::Serves(*header);
}

}  // namespace asap
