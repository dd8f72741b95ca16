// Whether voxels can be CT in Hounsfield units.
#ifndef ASAP_CORE_IMAGING_HU_CHECK_H_
#define ASAP_CORE_IMAGING_HU_CHECK_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "core/imaging/row_source.h"
#include "core/imaging/volume.h"

namespace asap {

// Training on values that are not HU fails silently, so what no CT scan can show is an error:
//   - values that are not finite;
//   - a spread (0.1% to 99.9%) below 50 HU: an empty image, or one normalised to [0, 1];
//   - hardly anything (under 0.1%) below -20 HU: neither air nor lung nor fat. 8-bit windows look like this;
//   - no air (under 0.1% below -300 HU), yet 10% above 500 HU: raw scanner values without the rescale intercept;
//   - the highest 1% below -300 HU, so no soft tissue: an intercept applied twice;
//   - air in plenty, but not at -1000: most voxels below -700 lie below -1120, and are not one padding value.
// Little air (under 1% near -1000 HU) is only a warning, in `warning` if given, since volumes cropped to the heart or the vessels
// have hardly any; there the position of air cannot be confirmed. About two million voxels are looked at, evenly spread.
absl::Status HuPlausibility(absl::Span<const float> voxels, std::string* warning = nullptr);
absl::Status HuPlausibility(const RowSource& rows, std::string* warning = nullptr, int threads = 1);
absl::Status HuPlausibility(absl::Span<const int16_t> voxels, std::string* warning = nullptr);

// The same for an open case, reading a few slabs along axis 2.
absl::Status HuPlausibility(const VoxelSource& source, std::string* warning = nullptr);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_HU_CHECK_H_
