// CT-RATE (Hamamci et al., arXiv 2403.17834) in the layout that the published pre-training code reads:
//
//   root/train_reports_ctrate.csv                                       VolumeName, Findings_EN, Impressions_EN
//   root/train_preprocessed_int/train_1/train_1a/train_1_a_1.nii.gz     volumes
//   root/mask_preprocessed/train/train_1_a_1.nii.gz                     masks; cases may lack theirs
//   root/train_predicted_labels.csv                                     optional: VolumeName and the 18 labels
//
// the same for valid; or in Hugging Face's:
//
//   root/dataset/train_fixed/train_1/train_1_a/train_1_a_1.nii.gz       volumes of the second release; of the first in train/
//   root/dataset/radiology_text_reports/train_reports.csv               validation_reports.csv for valid
//   root/dataset/multi_abnormality_labels/train_predicted_labels.csv    valid_predicted_labels.csv for valid
//
// or in parts of both (parts.h lists the names that are looked for): the published benchmark's code reads train_preprocessed/ and
// valid_preprocessed/. Both parts are one dataset with the splits train and valid; with a split, its part alone is read. Without
// a table of reports, cases are those of the labels. Each file may also be uncompressed, .nii in place of .nii.gz, and a scan's
// folder may be train_1a or train_1_a. The patient of train_1_a_1.nii.gz is train_1. Volumes of Hugging Face are given with their
// axes in RAS+ order.
//
// Columns are found by name, in any letter case and also without _EN; a table that lacks one is refused.
//
// Parameters, paths below the root unless absolute: reports, volumes, masks, labels: one part that lies elsewhere ({"reports",
// "other_reports.csv"}, {"volumes", "other"}, ...), where those that are not given are the train part's; mask_classes, a file
// with the names of the mask's classes, one a line, the background first; and spacing, in mm as 1.5x1.5x3.0, to which raw volumes
// and masks are resampled.
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
