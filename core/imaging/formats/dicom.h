// DICOM series.
#ifndef ASAP_CORE_IMAGING_FORMATS_DICOM_H_
#define ASAP_CORE_IMAGING_FORMATS_DICOM_H_

#include <string>

#include "absl/status/statusor.h"
#include "core/imaging/volume.h"

namespace asap {

// Whether the folder itself (not its subfolders) holds a DICOM file, by its preamble. Names do not matter.
bool HoldsDicom(const std::string& folder);

// The series of a folder as one volume: slices sorted by their position along the slice normal, RescaleSlope and RescaleIntercept
// applied, RAS+ world.
//
// Of several series (or orientations or sizes) the one with the most slices is taken, with a warning that counts the others.
// Slices at one position twice are dropped with a warning; a series with most positions taken twice (several phases), a missing
// slice, and files that are not grey-scale images are errors. Uneven spacing within 50% is a warning.
absl::StatusOr<Volume<float>> ReadDicomSeries(const std::string& folder);

// The geometry alone, from the headers of all files.
absl::StatusOr<Geometry> ReadDicomGeometry(const std::string& folder);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_FORMATS_DICOM_H_
