// Several parts of a dataset as one.
#ifndef ASAP_DATASETS_FILE_CASES_CONCATENATE_H_
#define ASAP_DATASETS_FILE_CASES_CONCATENATE_H_

#include <memory>
#include <vector>

#include "core/dataset.h"

namespace asap {

// The cases of all parts, one part after the other; there must be one at least. The card is the first part's. That no case id and
// no patient is in two parts is the caller's to know.
std::unique_ptr<Dataset> Concatenate(std::vector<std::unique_ptr<Dataset>> parts);

}  // namespace asap

#endif  // ASAP_DATASETS_FILE_CASES_CONCATENATE_H_
