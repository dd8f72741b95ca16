// Which cells pandas.read_csv takes for missing: what the published code read its tables with.
#ifndef ASAP_CORE_CSV_MISSING_H_
#define ASAP_CORE_CSV_MISSING_H_

#include <algorithm>
#include <iterator>

#include "absl/strings/string_view.h"

namespace asap {

// The default na_values of pandas 2: the empty cell and these words, exactly as written.
inline bool IsMissingCell(absl::string_view cell) {
  static constexpr absl::string_view kMissing[] = {
      "",     "#N/A", "#N/A N/A", "#NA",  "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
      "<NA>", "N/A",  "NA",       "NULL", "NaN",     "None",     "n/a",  "nan",  "null",
  };
  return std::find(std::begin(kMissing), std::end(kMissing), cell) != std::end(kMissing);
}

}  // namespace asap

#endif  // ASAP_CORE_CSV_MISSING_H_
