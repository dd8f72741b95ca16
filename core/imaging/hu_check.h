// Whether voxels can be CT in Hounsfield units.
#ifndef ASAP_CORE_IMAGING_HU_CHECK_H_
#define ASAP_CORE_IMAGING_HU_CHECK_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "core/imaging/volume.h"

namespace asap {

// Training on values that are not HU fails silently, so what no CT scan can show is an error:
//   - values that are not finite;
//   - hardly anything (under 0.1%) below -20 HU: neither air nor lung nor fat. Raw scanner values without the rescale intercept,
//     8-bit windows and normalised images look like this;
//   - the highest 1% below -300 HU: no soft tissue. An intercept applied twice looks like this;
//   - a spread (0.1% to 99.9%) below 50 HU: an empty or normalised image;
//   - air in plenty, but not at -1000: of the voxels below -700, the bulk must lie between -1120 and -700 or be one constant
//   padding
//     value.
// Little air (under 1% below -900) is only a warning, in `warning` if given, since volumes cropped to the heart or the vessels
// have hardly any; there the position of air cannot be confirmed. About two million voxels are looked at, evenly spread.
absl::Status HuPlausibility(absl::Span<const float> voxels, std::string* warning = nullptr);
absl::Status HuPlausibility(absl::Span<const int16_t> voxels, std::string* warning = nullptr);

// The same for an open case, reading a few slabs along axis 2.
absl::Status HuPlausibility(const VoxelSource& source, std::string* warning = nullptr);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_HU_CHECK_H_
