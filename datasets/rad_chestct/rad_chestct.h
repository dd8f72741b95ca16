// Rad-ChestCT as it is downloaded (zenodo.org/records/6406114):
//
//   root/trn00001.npz ..., val..., tst...                     scans (npz_volume.h); also in root/npz, root/ct, root/images
//   root/imgtrain_Abnormality_and_Location_Labels.csv         NoteAcc_DEID, and a column for each abnormality at each place,
//   root/imgvalid_..., root/imgtest_...                       "nodule*left_upper"; also in root/labels, root/tables
//
// or as the published benchmark's code reads it: root/images/<id>.nii.gz, preprocessed, with the same tables, or without them and
// the parameter labels.
//
// The files, their array and where its axes run are from the dataset's own code (rachellea/ct-volume-preprocessing,
// ct-net-models); the tables' names and columns are those that users of the data read, since the download needs an agreement.
// Which abnormalities make which of the benchmark's 16 findings is in card.h. The first three letters of an id name the published
// part: train, valid or test. Not all scans need be there. Scans are given with their axes in RAS+ order.
//
// Parameters, paths below the root unless absolute: tables, the folder of the tables where it is another; labels, the folder with
// the published benchmark's lists in place of the tables; spacing, in mm as 1.5x1.5x3.0, to which scans are resampled.
#ifndef ASAP_DATASETS_RAD_CHESTCT_RAD_CHESTCT_H_
#define ASAP_DATASETS_RAD_CHESTCT_RAD_CHESTCT_H_

#include <memory>

#include "absl/status/statusor.h"
#include "core/dataset.h"

namespace asap {

// Registered as "rad_chestct". Verify also tells where two findings are the same in every scan.
absl::StatusOr<std::unique_ptr<Dataset>> OpenRadChestCt(const DatasetOptions& options);

}  // namespace asap

#endif  // ASAP_DATASETS_RAD_CHESTCT_RAD_CHESTCT_H_
