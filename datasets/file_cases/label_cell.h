// Cells of label tables: findings and events.
#ifndef ASAP_DATASETS_FILE_CASES_LABEL_CELL_H_
#define ASAP_DATASETS_FILE_CASES_LABEL_CELL_H_

#include <limits>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/csv/csv.h"
#include "core/csv/missing.h"

namespace asap {

// 0 or 1, also written 0.0, 1.0, true and false in any case; NaN where the cell is missing, or says that the event was not seen
// because the patient was lost ("Censored"). The error names the table's line and the column.
inline absl::StatusOr<double> LabelCell(const CsvReader& csv, size_t column) {
  const absl::string_view cell = absl::StripAsciiWhitespace(csv[column]);
  if (IsMissingCell(cell) || absl::StartsWithIgnoreCase(cell, "censor")) return std::numeric_limits<double>::quiet_NaN();
  if (absl::EqualsIgnoreCase(cell, "true")) return 1.0;
  if (absl::EqualsIgnoreCase(cell, "false")) return 0.0;
  double value = 0;
  if (absl::SimpleAtod(cell, &value) && (value == 0 || value == 1)) return value;
  return absl::InvalidArgumentError(absl::StrCat(csv.path(), ":", csv.line(), ": the label \"", csv.columns()[column],
                                                 "\" is neither 0, 1, true, false, censored nor empty"));
}

}  // namespace asap

#endif  // ASAP_DATASETS_FILE_CASES_LABEL_CELL_H_
