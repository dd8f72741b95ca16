// Writes a volume as RAD-ChestCT publishes them (npz_volume.h), atomically.
#ifndef ASAP_CORE_IMAGING_FORMATS_WRITE_NPZ_VOLUME_H_
#define ASAP_CORE_IMAGING_FORMATS_WRITE_NPZ_VOLUME_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "core/imaging/volume.h"

namespace asap {

// The axes are turned as the file wants them. Nothing is resampled: spacing and origin are lost, and readers take the voxels for
// 0.8 mm.
absl::Status WriteNpzVolume(const std::string& path, const Volume<int16_t>& volume, bool fortran_order = true);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_FORMATS_WRITE_NPZ_VOLUME_H_
