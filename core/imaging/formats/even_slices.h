// Whether slices stack evenly.
#ifndef ASAP_CORE_IMAGING_FORMATS_EVEN_SLICES_H_
#define ASAP_CORE_IMAGING_FORMATS_EVEN_SLICES_H_

#include <array>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/imaging/formats/dicom_slices.h"

namespace asap {

struct EvenSlices {
  std::vector<SliceHeader> slices;  // along the normal of the first, which defines the plane of all
  std::string duplicates;           // a word about slices that were left out, or empty
};

// The slices of one plane as a stack without duplicates, or why they are none: errors name `folder`, the two slices whose
// distance is the oddest, and distances in mm.
absl::StatusOr<EvenSlices> EvenlySpaced(const std::string& folder, std::vector<SliceHeader> slices);

// The unit vector across the slice, along which column, row and it are right-handed.
std::array<double, 3> SliceNormal(const SliceHeader& slice);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_FORMATS_EVEN_SLICES_H_
