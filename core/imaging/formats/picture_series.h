// A folder of slice pictures (.png, .jpg, .jpeg), as some collections publish scans: grey values 0 ... 255 in place of HU, and
// nothing about the scanner.
//
// A picture is a slice, in the order of the numbers in the names (2.png before 10.png). What the pictures do not say is taken as
// radiologists look at them: the first slice is the most superior, the patient's right is at the left, anterior at the top. The
// volume has its axes in RAS+ order, voxels of 1 mm for want of anything better, and its origin at zero. Colours become
// luminance.
#ifndef ASAP_CORE_IMAGING_FORMATS_PICTURE_SERIES_H_
#define ASAP_CORE_IMAGING_FORMATS_PICTURE_SERIES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/imaging/volume.h"

namespace asap {

// The pictures in the folder itself, in the order of slices; hidden files are none. Empty where there are none.
std::vector<std::string> SlicePictures(const std::string& folder);

// A slice that cannot be read, or has another size than most have, is an error that names all such slices (the first few of
// many).
absl::StatusOr<Volume<float>> ReadPictureSeries(const std::string& folder);

// From the number of pictures and the size of the first that can be read.
absl::StatusOr<Geometry> ReadPictureGeometry(const std::string& folder);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_FORMATS_PICTURE_SERIES_H_
