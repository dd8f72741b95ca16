// CT-RATE (Hamamci et al., arXiv 2403.17834) in the layout that the published pre-training code reads:
//
//   root/train_reports_ctrate.csv                                       volume, findings, impression: by the published names of
//   the
//                                                                       columns, otherwise the first three
//   root/train_preprocessed_int/train_1/train_1a/train_1_a_1.nii.gz     volumes
//   root/mask_preprocessed/train/train_1_a_1.nii.gz                     masks; cases may lack theirs
//   root/train_predicted_labels.csv                                     optional: VolumeName and the 18 labels
//
// Each file may also be uncompressed, .nii in place of .nii.gz. The patient of train_1_a_1.nii.gz is train_1.
//
// Parameters, paths below the root unless absolute: reports, volumes, masks, labels, to read another part ({"reports",
// "valid_reports.csv"}, {"volumes", "valid_preprocessed"}, ...); mask_classes, a file with the names of the mask's classes, one a
// line, the background first; and spacing, in mm as 1.5x1.5x3.0, to which raw volumes and masks are resampled.
#ifndef ASAP_DATASETS_CT_RATE_CT_RATE_H_
#define ASAP_DATASETS_CT_RATE_CT_RATE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "core/dataset.h"

namespace asap {

// Registered as "ct_rate".
absl::StatusOr<std::unique_ptr<Dataset>> OpenCtRate(const DatasetOptions& options);

}  // namespace asap

#endif  // ASAP_DATASETS_CT_RATE_CT_RATE_H_
