// The files that the measurements run on, made from the phantom: both sides of a comparison read the same.
#ifndef ASAP_TESTS_PERFORMANCE_INPUTS_H_
#define ASAP_TESTS_PERFORMANCE_INPUTS_H_

#include <string>

#include "absl/status/statusor.h"

namespace asap {

struct PerformanceInputs {
  std::string raw;     // a scan of 512x512x120 voxels, .nii.gz
  std::string stored;  // a preprocessed volume of 240x240x124 voxels, int16 .nii.gz: the size of a chest at 1.5x1.5x3 mm
  std::string mask;    // its mask
  std::string texts;   // 2000 findings, one a line
};

absl::StatusOr<PerformanceInputs> WritePerformanceInputs(const std::string& folder);

}  // namespace asap

#endif  // ASAP_TESTS_PERFORMANCE_INPUTS_H_
