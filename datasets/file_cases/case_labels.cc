#include "datasets/file_cases/case_labels.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "datasets/file_cases/label_cell.h"

namespace asap {

absl::Status CaseLabels::Add(const CsvReader& csv, absl::string_view id, absl::Span<const double> labels) {
  if (tables_.empty() || tables_.back().first != csv.path()) tables_.emplace_back(csv.path(), RepeatedRows());
  const auto [known, is_new] =
      rows_.emplace(std::string(id), Row{.table = tables_.size() - 1, .line = csv.line(), .start = values_.size()});
  if (is_new) {
    values_.insert(values_.end(), labels.begin(), labels.end());
    return absl::OkStatus();
  }
  const Row& earlier = known->second;
  if (SameLabels(labels, absl::MakeConstSpan(values_).subspan(earlier.start, labels_))) {
    tables_.back().second.Add(csv.line());
    return absl::OkStatus();
  }
  const std::string& path = tables_[earlier.table].first;
  return absl::InvalidArgumentError(absl::StrCat(csv.path(), ":", csv.line(), ": the case ", id, " is on line ", earlier.line,
                                                 path == csv.path() ? "" : absl::StrCat(" of ", path),
                                                 " already, with other labels; keep the row that is right"));
}

std::vector<double> CaseLabels::Of(absl::string_view id) const {
  const auto row = rows_.find(id);
  if (row == rows_.end()) return std::vector<double>(labels_, std::numeric_limits<double>::quiet_NaN());
  const auto start = values_.begin() + static_cast<std::ptrdiff_t>(row->second.start);
  return {start, start + static_cast<std::ptrdiff_t>(labels_)};
}

std::vector<std::string> CaseLabels::Ids() const {
  std::vector<std::string> ids;
  for (const auto& [id, row] : rows_) ids.push_back(id);
  return ids;
}

void CaseLabels::TellRepeated(FileDatasetParts* parts) const {
  for (const auto& [path, repeated] : tables_) repeated.Tell(path, parts);
}

}  // namespace asap
