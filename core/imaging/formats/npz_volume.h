// CT volumes as RAD-ChestCT publishes them: an .npz file with one array, "ct", of int16 HU.
//
// NumPy keeps no geometry. The preprocessing that made the files (github.com/rachellea/ct-volume-preprocessing) gives it: the
// array is indexed [slice, row, column], slices run from the head to the feet (sorted by falling position), rows towards
// posterior and columns towards the patient's left (an image orientation of 1,0,0,0,1,0 is asserted there), resampled to 0.8 mm
// along each axis. So all three axes run against RAS+, and where the scan lay is lost: the origin is 0. The array was transposed
// before it was saved, which makes NumPy store it in Fortran order, the first index fastest; C order is read as well.
#ifndef ASAP_CORE_IMAGING_FORMATS_NPZ_VOLUME_H_
#define ASAP_CORE_IMAGING_FORMATS_NPZ_VOLUME_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/imaging/row_source.h"
#include "core/imaging/volume.h"

namespace asap {

inline constexpr char kNpzArray[] = "ct";
inline constexpr double kNpzSpacing = 0.8;  // mm

// Axes as stored, with a geometry that says where they run. An archive without "ct", and any other type or shape of it, are
// errors.
absl::StatusOr<std::unique_ptr<VoxelSource>> OpenNpzVolume(const std::string& path);
absl::StatusOr<std::unique_ptr<RowSource>> OpenNpzRows(const std::string& path);
absl::StatusOr<Volume<float>> ReadNpzVolume(const std::string& path);
// From the header alone.
absl::StatusOr<Geometry> ReadNpzGeometry(const std::string& path);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_FORMATS_NPZ_VOLUME_H_
