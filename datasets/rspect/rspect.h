// RSPECT (RSNA-STR pulmonary embolism, Kaggle 2020) as it is downloaded and unpacked:
//
//   root/train/<StudyInstanceUID>/<SeriesInstanceUID>/<SOPInstanceUID>.dcm
//   root/train.csv     a row for each image: the three UIDs, pe_present_on_image, and what holds for the study
//
// or as the published benchmark's code reads it:
//
//   root/images/<SeriesInstanceUID>.nii.gz     preprocessed scans; .nii serves as well
//   root/train.csv                             as above
//
// Folders and columns are those of the competition's page. Series are read as any DICOM series (core/imaging/dicom.h), and given
// with their axes in RAS+ order. Series of train.csv whose folder is not there are found by Verify.
//
// Parameters, paths below the root unless absolute: table, where train.csv has another name; labels, a split list of the
// published benchmark or the folder with that of RSPECT, in place of the table, for prepared scans; spacing, in mm
// as 1.5x1.5x3.0, to which scans are resampled.
#ifndef ASAP_DATASETS_RSPECT_RSPECT_H_
#define ASAP_DATASETS_RSPECT_RSPECT_H_

#include <memory>

#include "absl/status/statusor.h"
#include "core/dataset.h"

namespace asap {

// Registered as "rspect". A case's id is its SeriesInstanceUID, its patient the StudyInstanceUID, its labels "pe" and
// "indeterminate".
absl::StatusOr<std::unique_ptr<Dataset>> OpenRspect(const DatasetOptions& options);

}  // namespace asap

#endif  // ASAP_DATASETS_RSPECT_RSPECT_H_
