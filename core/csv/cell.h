// What a cell of a table says, however pandas, R or a spreadsheet wrote it. Cells may have white space around them.
#ifndef ASAP_CORE_CSV_CELL_H_
#define ASAP_CORE_CSV_CELL_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace asap {

// Whether the cell says nothing: IsMissingCell (missing.h), in any letter case.
bool IsUnknownCell(absl::string_view cell);

// The number that the cell says: a finite number as it is, 1 for true and yes, 0 for false and no, in any letter case; NaN where
// it says nothing. None for any other text.
std::optional<double> NumberCell(absl::string_view cell);

// The id that the cell says. A number with a zero fraction is the whole number, which pandas writes so where a column has gaps:
// "7.0" is "7". Leading zeros stay, since "07" may be another patient than "7".
std::string IdCell(absl::string_view cell);

}  // namespace asap

#endif  // ASAP_CORE_CSV_CELL_H_
