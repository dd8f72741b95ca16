// A user's own pairs of chest CT and report, listed in a CSV.
//
// Columns, found by name in any letter case, and in any order:
//   volume       path of a CT volume in HU (.nii, .nii.gz, .nrrd, .mha, .mhd, or a folder with a DICOM series); relative paths
//                count from the CSV's folder
//   findings, impression   the report's two sections; either may be empty
//   patient      whose scan it is: cases of one patient never cross splits
//   mask         optional: path of a label map on the volume's grid; may be empty
//   split        optional: train, valid, test; empty means train
//   case         optional: the case's id; without it, the volume's file name without extension
//   site         optional: scanner or hospital
// Any further column whose cells say a number or nothing is a label: true and yes are 1, false and no 0; NA and the like are
// unknown. Patients 7 and 7.0 are one. A row that repeats an earlier one counts once; another row of the same case is an error.
//
// Parameters: mask_classes, a file with the names of the mask's classes, one a line, the background first; and spacing, in mm as
// 1.5x1.5x3.0, to which raw volumes and masks are resampled as tools:preprocess does.
#ifndef ASAP_DATASETS_PAIRS_PAIRS_H_
#define ASAP_DATASETS_PAIRS_PAIRS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "core/dataset.h"

namespace asap {

// Registered as "pairs".
absl::StatusOr<std::unique_ptr<Dataset>> OpenPairs(const DatasetOptions& options);

}  // namespace asap

#endif  // ASAP_DATASETS_PAIRS_PAIRS_H_
