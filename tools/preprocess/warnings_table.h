// warnings.csv: what a run warned of, case by case, so that it outlives the terminal.
#ifndef ASAP_TOOLS_PREPROCESS_WARNINGS_TABLE_H_
#define ASAP_TOOLS_PREPROCESS_WARNINGS_TABLE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace asap {

// Columns case,warning; a row a warning, each with its case's id first.
absl::Status WriteWarnings(const std::string& path, const std::vector<std::pair<std::string, std::string>>& rows);

}  // namespace asap

#endif  // ASAP_TOOLS_PREPROCESS_WARNINGS_TABLE_H_
