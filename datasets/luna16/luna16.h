// LUNA16 as it is downloaded (luna16.grand-challenge.org/Data) and unpacked:
//
//   root/subset0/<seriesuid>.mhd, <seriesuid>.raw ... subset9/   scans
//   root/annotations.csv                                         seriesuid,coordX,coordY,coordZ,diameter_mm: a row for each
//   nodule root/seg-lungs-LUNA16/<seriesuid>.mhd                        lung masks with ids 3, 4 and 5; scans may lack theirs
//
// or as the published benchmark's code reads it:
//
//   root/images/<seriesuid>.nii.gz            preprocessed scans; .nii serves as well
//   root/masks_processed/<seriesuid>.nii.gz   masks with ids 1, 2 and 3
//   root/annotations.csv                      as above
//
// Folders, tables and their columns are documented by the challenge; the ids of its masks are not, and come from code that uses
// them. An archive that was unpacked into a folder of its own name (subset0/subset0/) is found too, and so is
// CSVFILES/annotations.csv. Not all ten subsets need be there.
//
// Scans are given with their axes in RAS+ order, whichever way they are stored.
//
// Parameters, paths below the root unless absolute: annotations and masks, where these lie elsewhere; labels, a split list of the
// published benchmark or the folder with those of LUNA16, in place of the annotations; spacing, in mm as 1.5x1.5x3.0, to which
// scans and masks are resampled.
#ifndef ASAP_DATASETS_LUNA16_LUNA16_H_
#define ASAP_DATASETS_LUNA16_LUNA16_H_

#include <memory>

#include "absl/status/statusor.h"
#include "core/dataset.h"

namespace asap {

// Registered as "luna16". A case's id is its seriesuid; its label is "nodule".
absl::StatusOr<std::unique_ptr<Dataset>> OpenLuna16(const DatasetOptions& options);

}  // namespace asap

#endif  // ASAP_DATASETS_LUNA16_LUNA16_H_
