// What is done to a volume before it is cached.
#ifndef ASAP_CORE_DATA_VOLUME_CACHE_TRANSFORM_H_
#define ASAP_CORE_DATA_VOLUME_CACHE_TRANSFORM_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/bytes/large_buffer.h"
#include "core/imaging/resample.h"
#include "core/imaging/stored_box.h"
#include "core/imaging/volume.h"

namespace asap {

struct VolumeTransform {
  enum class Kind {
    kAsStored,  // decoded, and nothing else
    kImage,     // PreprocessImage: RAS+, clipped, trilinear to the spacing
    kLabels,    // PreprocessMask: RAS+, the nearest voxel
  };
  Kind kind = Kind::kAsStored;
  PreprocessOptions preprocess;  // of the latter two

  // The grid that a volume on `stored` comes to lie on.
  absl::StatusOr<Geometry> GridOf(const Geometry& stored) const;

  // Equal exactly where the voxels are: a part of the cache's key.
  std::string Spec() const;
};

// A volume in memory in array order, axis 2 fastest: int16, or uint8 where all values fit.
class ArrayVolume : public StoredSource {
 public:
  // Reads and transforms. Errors are those of ReadVolume and of the preprocessing.
  static absl::StatusOr<std::shared_ptr<const ArrayVolume>> Load(const std::string& path, const VolumeTransform& transform);

  const Geometry& geometry() const override { return geometry_; }
  bool holds_bytes() const { return bytes_ != nullptr; }
  absl::string_view voxel_bytes() const;
  StoredBox Whole() const override;

 private:
  absl::Status Fill(const StoredBox& stored, const std::string& path);

  Geometry geometry_;
  LargeBuffer<int16_t> shorts_;  // one of the two
  LargeBuffer<uint8_t> bytes_;
};

}  // namespace asap

#endif  // ASAP_CORE_DATA_VOLUME_CACHE_TRANSFORM_H_
