#include "core/data/volume_cache/transform.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/base/status.h"
#include "core/imaging/formats/read_volume.h"
#include "core/imaging/formats/voxel_source.h"

namespace asap {
namespace {

// Changed when the same transform would give other voxels.
constexpr int kTransformVersion = 1;

template <typename T>
StoredBox InFileOrder(const Volume<T>& volume) {
  StoredBox stored = {.stride = FileOrderStride(volume.geometry.size)};
  if constexpr (sizeof(T) == 1) {
    stored.bytes = volume.voxels.data();
  } else {
    stored.shorts = volume.voxels.data();
  }
  return stored;
}

}  // namespace

absl::StatusOr<Geometry> VolumeTransform::GridOf(const Geometry& stored) const {
  if (kind == Kind::kAsStored) return stored;
  Geometry grid;
  if (preprocess.size.has_value()) {
    grid.size = *preprocess.size;
  } else {
    ASAP_ASSIGN_OR_RETURN(grid.size, ResampledSize(RasGeometry(stored), preprocess.spacing));
  }
  grid.spacing = preprocess.spacing;
  return grid;
}

std::string VolumeTransform::Spec() const {
  if (kind == Kind::kAsStored) return absl::StrFormat("v%d as stored", kTransformVersion);
  std::string spacing =
      absl::StrFormat("%.17g x %.17g x %.17g mm", preprocess.spacing[0], preprocess.spacing[1], preprocess.spacing[2]);
  if (preprocess.size.has_value()) {
    const Index3& size = *preprocess.size;
    absl::StrAppendFormat(&spacing, ", %d x %d x %d voxels", size[0], size[1], size[2]);
  }
  if (kind == Kind::kLabels) return absl::StrFormat("v%d labels, RAS, nearest, %s", kTransformVersion, spacing);
  return absl::StrFormat("v%d image, RAS, %.17g to %.17g HU, trilinear, %s", kTransformVersion, preprocess.hu_min,
                         preprocess.hu_max, spacing);
}

absl::Status ArrayVolume::Fill(const StoredBox& stored, const std::string& path) {
  const int64_t count = geometry_.voxels();
  const auto no_memory = [&] {
    return absl::ResourceExhaustedError(absl::StrFormat("%s: no memory for its %d voxels; use fewer threads", path, count));
  };
  if (stored.bytes != nullptr) {
    bytes_ = AllocateLarge<uint8_t>(count);
    if (bytes_ == nullptr) return no_memory();
    CopyStored(stored, geometry_.size, bytes_.get());
    return absl::OkStatus();
  }
  shorts_ = AllocateLarge<int16_t>(count);
  if (shorts_ == nullptr) return no_memory();
  CopyStored(stored, geometry_.size, shorts_.get());
  int16_t least = 0, greatest = 0;
  for (int64_t i = 0; i < count; ++i) {
    least = std::min(least, shorts_[i]);
    greatest = std::max(greatest, shorts_[i]);
  }
  if (least < 0 || greatest > 255) return absl::OkStatus();
  bytes_ = AllocateLarge<uint8_t>(count);
  if (bytes_ == nullptr) return no_memory();
  for (int64_t i = 0; i < count; ++i) bytes_[i] = static_cast<uint8_t>(shorts_[i]);
  shorts_.reset();
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const ArrayVolume>> ArrayVolume::Load(const std::string& path, const VolumeTransform& transform) {
  auto volume = std::make_shared<ArrayVolume>();
  if (transform.kind == VolumeTransform::Kind::kAsStored) {
    ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<VoxelSource> source, OpenVoxelSource(path));
    volume->geometry_ = source->geometry();
    ASAP_ASSIGN_OR_RETURN(const StoredBox stored, source->Locate({{0, 0, 0}, volume->geometry_.size}));
    ASAP_RETURN_IF_ERROR(volume->Fill(stored, path));
    return volume;
  }
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<RowSource> rows, OpenRows(path));
  const auto fill = [&](const auto& processed) -> absl::StatusOr<std::shared_ptr<const ArrayVolume>> {
    if (!processed.ok()) return Annotate(processed.status(), path);
    volume->geometry_ = processed->geometry;
    ASAP_RETURN_IF_ERROR(volume->Fill(InFileOrder(*processed), path));
    return volume;
  };
  if (transform.kind == VolumeTransform::Kind::kLabels) return fill(PreprocessMask(*rows, transform.preprocess));
  return fill(PreprocessImage(*rows, transform.preprocess));
}

absl::string_view ArrayVolume::voxel_bytes() const {
  if (bytes_ != nullptr) return {reinterpret_cast<const char*>(bytes_.get()), static_cast<size_t>(geometry_.voxels())};
  return {reinterpret_cast<const char*>(shorts_.get()), static_cast<size_t>(geometry_.voxels()) * sizeof(int16_t)};
}

StoredBox ArrayVolume::Whole() const {
  return {.shorts = shorts_.get(), .bytes = bytes_.get(), .stride = ArrayOrderStride(geometry_.size)};
}

}  // namespace asap
