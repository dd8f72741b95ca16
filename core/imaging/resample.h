// Resampling of axis-aligned volumes, and the published preprocessing built on it.
#ifndef ASAP_CORE_IMAGING_RESAMPLE_H_
#define ASAP_CORE_IMAGING_RESAMPLE_H_

#include <array>
#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/imaging/reorient.h"
#include "core/imaging/row_source.h"
#include "core/imaging/volume.h"

namespace asap {

struct PreprocessOptions {
  std::array<double, 3> spacing = {1.5, 1.5, 3.0};  // mm along R, A, S
  double hu_min = -1000;                            // values are clipped to [hu_min, hu_max] before interpolation
  double hu_max = 1000;
  // The result's voxels, where ResampledSize is not to decide: a mask's are its volume's, from whose spacing its own may differ
  // in a last digit.
  std::optional<Index3> size;
};

// int(n * (spacing / target)) per axis, truncated, at least 1 ... an axis that would vanish is an error.
absl::StatusOr<Index3> ResampledSize(const Geometry& geometry, const std::array<double, 3>& target_spacing);

// Trilinear with half-pixel centres: source = max(0, (i + 0.5) * in / out - 0.5), in float32 with fused multiply-adds in the
// order of LibTorch's upsample_trilinear3d, so results are equal to the bit on every machine. Values are clipped before
// interpolation. `out` has size0*size1*size2 elements in file order (axis 0 fastest).
// The output's axes are those of the volume in RAS+ order.
void ResampleTrilinear(const RowSource& volume, const Index3& size, float low, float high, absl::Span<float> out);

// The published preprocessing: clip, RAS+, trilinear to the target spacing, truncate to int16. The result's axes are the world's
// and its spacing is the target; its origin is zero, as published, so that scans of one grid compare equal. Any number
// of threads gives the same voxels.
absl::StatusOr<Volume<int16_t>> PreprocessImage(const RowSource& volume, const PreprocessOptions& options, int threads = 1);
absl::StatusOr<Volume<int16_t>> PreprocessImage(const Volume<float>& volume, const PreprocessOptions& options);

// The same grid for a label map: RAS+, and the nearest voxel at the same half-pixel centres. Labels must be integers 0 ... 255.
absl::StatusOr<Volume<uint8_t>> PreprocessMask(const RowSource& mask, const PreprocessOptions& options);
absl::StatusOr<Volume<uint8_t>> PreprocessMask(const Volume<float>& mask, const PreprocessOptions& options);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_RESAMPLE_H_
