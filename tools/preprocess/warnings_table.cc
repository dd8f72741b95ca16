#include "tools/preprocess/warnings_table.h"

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "tools/preprocess/tables.h"

namespace asap {

absl::Status WriteWarnings(const std::string& path, const std::vector<std::pair<std::string, std::string>>& rows) {
  std::string text = "case,warning\n";
  for (const auto& [case_id, warning] : rows) absl::StrAppend(&text, CsvLine({case_id, warning}));
  return WriteFileAtomically(path, text);
}

}  // namespace asap
