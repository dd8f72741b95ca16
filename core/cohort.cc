#include "core/cohort.h"

#include <limits>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

namespace asap {

absl::Status CheckCohort(const Cohort& cohort) {
  const auto wrong = [&cohort](const std::string& what) {
    return absl::InvalidArgumentError(absl::StrCat("cohort of ", cohort.dataset, ": ", what));
  };
  const size_t rows = cohort.rows.size();
  for (const auto& [name, column] : cohort.numbers) {
    if (column.size() != rows) return wrong(absl::StrCat("the column \"", name, "\" has ", column.size(), " of ", rows, " rows"));
  }
  for (const auto& [name, column] : cohort.texts) {
    if (column.size() != rows) return wrong(absl::StrCat("the texts \"", name, "\" have ", column.size(), " of ", rows, " rows"));
  }
  absl::flat_hash_set<std::pair<absl::string_view, absl::string_view>> seen;
  seen.reserve(rows);
  for (const RowId& row : cohort.rows) {
    if (!seen.emplace(row.case_id, row.item).second) {
      return wrong(absl::StrCat("the row of case ", row.case_id, row.item.empty() ? "" : absl::StrCat(", ", row.item),
                                " stands there twice"));
    }
  }
  return absl::OkStatus();
}

const std::vector<double>* FindNumbers(const Cohort& cohort, absl::string_view name) {
  const auto found = cohort.numbers.find(std::string(name));
  return found == cohort.numbers.end() ? nullptr : &found->second;
}

std::vector<double>& NumbersOf(Cohort& cohort, const std::string& name) {
  std::vector<double>& column = cohort.numbers[name];
  column.resize(cohort.rows.size(), std::numeric_limits<double>::quiet_NaN());
  return column;
}

}  // namespace asap
