// Tables of labels, a row a case: whatever the order of rows, and however often one is repeated.
#ifndef ASAP_DATASETS_FILE_CASES_CASE_LABELS_H_
#define ASAP_DATASETS_FILE_CASES_CASE_LABELS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/csv/csv.h"
#include "datasets/file_cases/file_dataset.h"

namespace asap {

class CaseLabels {
 public:
  // `labels` is how many a row has.
  explicit CaseLabels(size_t labels) : labels_(labels) {}

  // The labels of case `id` in the row where `csv` stands; NaN is unknown. A row that says the same as an earlier one of the case
  // is counted; one that says something else is an error that names both lines and the case.
  absl::Status Add(const CsvReader& csv, absl::string_view id, absl::Span<const double> labels);

  int64_t size() const { return static_cast<int64_t>(rows_.size()); }
  bool Has(absl::string_view id) const { return rows_.contains(id); }
  // The labels of the case; all unknown where it has no row.
  std::vector<double> Of(absl::string_view id) const;
  // The cases that have a row, in no order.
  std::vector<std::string> Ids() const;
  // A warning in parts->problems where rows repeat.
  void TellRepeated(FileDatasetParts* parts) const;

 private:
  struct Row {
    size_t table = 0;  // in tables_
    int64_t line = 0;
    size_t start = 0;  // in values_
  };

  size_t labels_;
  std::vector<std::pair<std::string, RepeatedRows>> tables_;  // path, and its rows that repeat
  absl::flat_hash_map<std::string, Row> rows_;
  std::vector<double> values_;
};

}  // namespace asap

#endif  // ASAP_DATASETS_FILE_CASES_CASE_LABELS_H_
