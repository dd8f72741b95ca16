// Whether a mask lies on its volume's grid.
#ifndef ASAP_DATASETS_FILE_CASES_COMPARE_GRIDS_H_
#define ASAP_DATASETS_FILE_CASES_COMPARE_GRIDS_H_

#include <string>
#include <vector>

#include "core/dataset.h"
#include "core/imaging/volume.h"

namespace asap {

// Problems with severity, message and remedy; none where the grids are equal. A size that differs, and a spacing by more than
// 1e-3 mm, are errors: voxels do not match. A direction or an origin by more than 1e-3 is a warning: training pairs voxels by
// index, but one of the files may be flipped.
std::vector<DatasetProblem> CompareGrids(const Geometry& volume, const std::string& volume_path, const Geometry& mask,
                                         const std::string& mask_path);

}  // namespace asap

#endif  // ASAP_DATASETS_FILE_CASES_COMPARE_GRIDS_H_
