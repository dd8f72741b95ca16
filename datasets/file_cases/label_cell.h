// Cells of label tables: findings and events.
#ifndef ASAP_DATASETS_FILE_CASES_LABEL_CELL_H_
#define ASAP_DATASETS_FILE_CASES_LABEL_CELL_H_

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/csv/cell.h"
#include "core/csv/csv.h"

namespace asap {

// 0 or 1, also written 0.0, 1.0, true, false, yes and no in any letter case; NaN where the cell says nothing, or that the event
// was not seen because the patient was lost ("Censored"). The error names the table's line and the column.
inline absl::StatusOr<double> LabelCell(const CsvReader& csv, size_t column) {
  if (absl::StartsWithIgnoreCase(absl::StripAsciiWhitespace(csv[column]), "censor"))
    return std::numeric_limits<double>::quiet_NaN();
  const std::optional<double> value = NumberCell(csv[column]);
  if (value.has_value() && (std::isnan(*value) || *value == 0 || *value == 1)) return *value;
  return absl::InvalidArgumentError(absl::StrCat(csv.path(), ":", csv.line(), ": the label \"", csv.columns()[column],
                                                 "\" is neither 0, 1, true, false, yes, no, censored nor empty"));
}

// Whether two rows of labels say the same, unknown ones included.
inline bool SameLabels(absl::Span<const double> a, absl::Span<const double> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

}  // namespace asap

#endif  // ASAP_DATASETS_FILE_CASES_LABEL_CELL_H_
