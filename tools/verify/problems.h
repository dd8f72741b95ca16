// Problems of a dataset, gathered by kind for reading and listed in full for a program.
#ifndef ASAP_TOOLS_VERIFY_PROBLEMS_H_
#define ASAP_TOOLS_VERIFY_PROBLEMS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/dataset.h"

namespace asap {

// Errors before warnings, and the more frequent kinds first: of each the remedy, how many cases have it, and the first `show`
// messages. Problems with one remedy are of one kind. Empty where there are none.
std::string ProblemsByKind(const std::vector<DatasetProblem>& problems, int64_t show);

// CSV with the columns severity, case, message and remedy.
std::string ProblemTable(const std::vector<DatasetProblem>& problems);

}  // namespace asap

#endif  // ASAP_TOOLS_VERIFY_PROBLEMS_H_
