// STOIC-2021 as it is downloaded (registry.opendata.aws/stoic2021-training):
//
//   root/data/mha/<PatientID>.mha    scans; their headers have PatientAge and PatientSex
//   root/metadata/reference.csv      PatientID,probCOVID,probSevere
//
// or as the published benchmark's code reads it:
//
//   root/images_preprocessed/<PatientID>.nii.gz    preprocessed scans; .nii serves as well, and so does the folder images
//   root/metadata/reference.csv                    as above; root/reference.csv serves as well
//
// The names of the download's files and columns are what users of the data say and the challenge's baseline reads; the header's
// fields (PatientAge as 065Y, PatientSex as F or M) are from published solutions of the challenge. Not all scans need be there.
// Scans are given with their axes in RAS+ order.
//
// Parameters, paths below the root unless absolute: reference, the table where it lies elsewhere; labels, the folder with the
// published benchmark's lists of one task (Classification: probCOVID, Prognosis: probSevere) in place of the table; spacing, in
// mm as 1.5x1.5x3.0, to which scans are resampled.
#ifndef ASAP_DATASETS_STOIC_STOIC_H_
#define ASAP_DATASETS_STOIC_STOIC_H_

#include <memory>

#include "absl/status/statusor.h"
#include "core/dataset.h"

namespace asap {

// Registered as "stoic". A case's id is its PatientID; its labels are probCOVID and probSevere, and Age and Male where the
// headers have them.
absl::StatusOr<std::unique_ptr<Dataset>> OpenStoic(const DatasetOptions& options);

}  // namespace asap

#endif  // ASAP_DATASETS_STOIC_STOIC_H_
