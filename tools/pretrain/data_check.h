// What pre-training asks of a dataset before the first step.
#ifndef ASAP_TOOLS_PRETRAIN_DATA_CHECK_H_
#define ASAP_TOOLS_PRETRAIN_DATA_CHECK_H_

#include <array>

#include "absl/status/status.h"
#include "core/dataset.h"

namespace asap {

// Prints each problem that the dataset's own verification finds, a line each with its remedy, and a count. FailedPrecondition
// where one is an error and `skip_bad_cases` is false.
absl::Status CheckDataset(const Dataset& dataset, bool skip_bad_cases);

// Warns where the voxels of the first cases have another spacing than the model's input.
void WarnOfSpacing(const Dataset& dataset, const std::array<double, 3>& spacing_mm);

}  // namespace asap

#endif  // ASAP_TOOLS_PRETRAIN_DATA_CHECK_H_
