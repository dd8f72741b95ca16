// From the slices of a folder to the one stack of them that is read: which belong together, in which order, and where they lie.
#ifndef ASAP_CORE_IMAGING_FORMATS_DICOM_STACK_H_
#define ASAP_CORE_IMAGING_FORMATS_DICOM_STACK_H_

#include <array>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/imaging/formats/dicom_slices.h"
#include "core/imaging/volume.h"

namespace asap {

struct DicomStack {
  std::vector<SliceHeader> slices;  // along the normal of the first, evenly spaced
  Geometry geometry;                // of the volume, RAS+
  // How far each slice lies from the volume's first column and row, in pixels, zero or more. Empty where all lie at 0, 0, as they
  // do unless the gantry was tilted.
  std::vector<std::array<double, 2>> shifts;
};

// Slices are of one plane where orientations agree to 1e-3 and pixel spacings to 1e-3 of them; the volume has those of its first
// slice. Of one plane, slices of different series are one volume where only together they stack evenly, or end to end; otherwise
// the series with the most slices is read, and of its acquisitions one that has more slices than the others together where only
// that stacks evenly. What is left out is told.
//
// Errors: slices that lie further than 0.15 mm (or 5% of their distance, if that is more) from where an even spacing has them;
// most positions taken twice; more than a tenth of the slices without a place; a single slice.
absl::StatusOr<DicomStack> StackDicomSlices(const std::string& folder);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_FORMATS_DICOM_STACK_H_
