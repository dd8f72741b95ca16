// INSPECT as it is downloaded from Stanford AIMI (the folder "full"):
//
//   root/CTPA/<image_id>.nii.gz       scans, PE followed by hexadecimal digits
//   root/study_mapping_<date>.tsv     impression_id, image_id, person_id and more
//   root/labels_<date>.tsv            impression_id, pe_positive or pe_positive_nlp, 1_month_mortality, 6_month_mortality,
//                                     12_month_mortality (True, False or Censored) and more
//   root/splits_<date>.tsv            impression_id, split: train, valid or test
//
// or as the published benchmark's code reads it: root/images/<image_id>.nii.gz with the same tables, or without them and the
// parameter labels. The date in the names may be missing, and commas may separate the cells of a .csv.
//
// Names and columns are those that users of the data read and the dataset's code (github.com/som-shahlab/INSPECT_public) expects;
// the tables themselves need an account and were not seen when this was written. The published benchmark calls the image's id
// impression_id. Not all scans need be there. Scans are given with their axes in RAS+ order.
//
// Parameters, paths below the root unless absolute: tables, the folder of the tables where it is another; labels, the folder with
// the published benchmark's lists (Prognosis has all four labels, Classification the embolism alone) in place of the tables:
// patients and splits are unknown then; spacing, in mm as 1.5x1.5x3.0, to which scans are resampled.
#ifndef ASAP_DATASETS_INSPECT_INSPECT_H_
#define ASAP_DATASETS_INSPECT_INSPECT_H_

#include <memory>

#include "absl/status/statusor.h"
#include "core/dataset.h"

namespace asap {

// Registered as "inspect". A case's id is its image_id.
absl::StatusOr<std::unique_ptr<Dataset>> OpenInspect(const DatasetOptions& options);

}  // namespace asap

#endif  // ASAP_DATASETS_INSPECT_INSPECT_H_
