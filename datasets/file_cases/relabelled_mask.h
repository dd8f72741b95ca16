// A mask whose file has other ids than the dataset's classes.
#ifndef ASAP_DATASETS_FILE_CASES_RELABELLED_MASK_H_
#define ASAP_DATASETS_FILE_CASES_RELABELLED_MASK_H_

#include <map>
#include <memory>
#include <string>

#include "core/imaging/volume.h"

namespace asap {

// `class_of` maps every id that the file may hold, 0 to 255, to its class. Another id is an error of Read that names `path`.
std::unique_ptr<VoxelSource> RelabelledMask(const std::string& path, std::unique_ptr<VoxelSource> mask,
                                            const std::map<int, int>& class_of);

}  // namespace asap

#endif  // ASAP_DATASETS_FILE_CASES_RELABELLED_MASK_H_
