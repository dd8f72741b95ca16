// CC-CCII (Zhang et al., Cell 2020), its archives unpacked into one folder:
//
//   root/NCP/<patient>/<scan>/0000.png ...    slices of one scan, .png or .jpg, in the order of their numbers
//   root/CP/... and root/Normal/...
//
// An archive that was unpacked into a folder of its own (root/CP-1/CP/...) is found too. Or as the published benchmark's code
// reads it, volumes of grey values 0 ... 255:
//
//   root/images_new/<id>.nii.gz               .nii serves as well
//   root/labels.csv                           optional: a split list's columns, img_list and label
//
// Whose a prepared volume is, is known where its name is CLASS_<patient>_<scan>; others count as patients of their own.
//
// Folders of classes, patients, scans and slices are those of the public download, as described by those who use it; the download
// page states no layout. That images_new holds 0 ... 255 comes from the published code. What the pictures leave unsaid is in the
// card: voxel sizes, the order of slices, and which class is which number.
//
// Parameters: voxel_size of the pictures in mm, 0.7x0.7x3 unless given; classes, the folders' names in the order of the label's
// values, Normal/CP/NCP unless given; labels, a split list of the published benchmark or the folder with those of CC-CCII, for
// prepared volumes; spacing, in mm as 1.5x1.5x3.0, to which volumes are resampled.
#ifndef ASAP_DATASETS_CC_CCII_CC_CCII_H_
#define ASAP_DATASETS_CC_CCII_CC_CCII_H_

#include <memory>

#include "absl/status/statusor.h"
#include "core/dataset.h"

namespace asap {

// Registered as "cc_ccii". A case's id is NCP_<patient>_<scan>, or a prepared volume's name; its label is "class", 0, 1 or 2.
absl::StatusOr<std::unique_ptr<Dataset>> OpenCcCcii(const DatasetOptions& options);

}  // namespace asap

#endif  // ASAP_DATASETS_CC_CCII_CC_CCII_H_
