// One volume under two cases.
#ifndef ASAP_DATASETS_FILE_CASES_SAME_FILES_H_
#define ASAP_DATASETS_FILE_CASES_SAME_FILES_H_

#include <vector>

#include "core/dataset.h"
#include "datasets/file_cases/file_dataset.h"

namespace asap {

// An error for each of the open cases whose volume is also that of an earlier case, or of one in another split, by whatever path
// or link its file is reached. Files that are not there are passed over.
std::vector<DatasetProblem> FindSameFiles(const FileDatasetParts& parts);

}  // namespace asap

#endif  // ASAP_DATASETS_FILE_CASES_SAME_FILES_H_
