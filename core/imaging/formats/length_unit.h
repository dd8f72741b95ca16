// Lengths that a file states in another unit than mm.
#ifndef ASAP_CORE_IMAGING_FORMATS_LENGTH_UNIT_H_
#define ASAP_CORE_IMAGING_FORMATS_LENGTH_UNIT_H_

#include <cstdlib>

#include "absl/strings/str_format.h"

namespace asap {

// `value` in a unit of `millimetres` mm, in mm. A converted value is rounded to `digits` significant ones, those that its file
// can tell: 0.0015 m stored as float32 are 1.5 mm, and a size in voxels that is truncated does not lose one to the conversion.
// Values in mm are left as they are, to the last bit.
inline double InMillimetres(double value, double millimetres, int digits) {
  return millimetres == 1 ? value : std::strtod(absl::StrFormat("%.*g", digits, value * millimetres).c_str(), nullptr);
}

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_FORMATS_LENGTH_UNIT_H_
