// "Did you mean": the known names nearest to what was typed.
#ifndef ASAP_CORE_BASE_SUGGEST_H_
#define ASAP_CORE_BASE_SUGGEST_H_

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace asap {

// Levenshtein distance over bytes.
inline size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

// "unknown loss \"aligment\"; did you mean \"alignment\"? Known: ...". `kind` is a noun: loss, dataset, encoder, task.
inline std::string UnknownName(absl::string_view kind, absl::string_view typed, const std::vector<std::string>& known) {
  std::string message = absl::StrCat("unknown ", kind, " \"", typed, "\"");
  const auto nearest = std::min_element(known.begin(), known.end(), [&](const std::string& a, const std::string& b) {
    return EditDistance(typed, a) < EditDistance(typed, b);
  });
  const bool near = nearest != known.end() && EditDistance(typed, *nearest) <= std::max<size_t>(2, typed.size() / 3);
  absl::StrAppend(&message, near ? absl::StrCat("; did you mean \"", *nearest, "\"?") : ".");
  absl::StrAppend(
      &message, known.empty() ? " None is linked into this program." : absl::StrCat(" Known: ", absl::StrJoin(known, ", "), "."));
  return message;
}

}  // namespace asap

#endif  // ASAP_CORE_BASE_SUGGEST_H_
