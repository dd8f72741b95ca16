// Labels as columns of a cohort: "score/NAME", a probability in [0, 1], and "truth/NAME", 0 or 1; NaN where one is unknown.
// Tables and plots both read them here.
#ifndef ASAP_TASKS_LABELS_COLUMNS_H_
#define ASAP_TASKS_LABELS_COLUMNS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "core/cohort.h"

namespace asap {

std::string ScoreColumn(const std::string& label);
std::string TruthColumn(const std::string& label);

using Flags = absl::InlinedVector<bool, 1>;  // a vector of bool that has spans

// The rows that have a value in both of two columns.
struct LabelRows {
  std::vector<size_t> rows;  // of the cohort, rising
  std::vector<double> scores;
  Flags positive;   // truth above 0.5
  bool all = true;  // rows are all of the cohort's

  int64_t positives() const;
  bool has_both_classes() const { return positives() > 0 && positives() < static_cast<int64_t>(scores.size()); }
};
LabelRows RowsOf(const Cohort& cohort, const std::string& score_column, const std::string& truth_column);
LabelRows RowsOfLabel(const Cohort& cohort, const std::string& label);
// The rows of all labels, one label after the other: for what is pooled.
LabelRows PooledRows(const Cohort& cohort, const std::vector<std::string>& labels);

// Classes that exclude each other, as labels of which one is true: the rows that have all probabilities and a true class.
struct ClassRows {
  std::vector<size_t> rows;           // of the cohort, rising
  std::vector<double> probabilities;  // [rows, classes], row-major
  std::vector<int> truth, predicted;  // indices of classes; the predicted one is the first of the most probable
  bool all = true;                    // rows are all of the cohort's
};
ClassRows RowsOfClasses(const Cohort& cohort, const std::vector<std::string>& classes);

// The mean negative log-likelihood of each row's known labels; none where none is known.
std::vector<std::optional<double>> LabelLosses(const Cohort& cohort, const std::vector<std::string>& labels);
// The negative log-likelihood of each row's true class; none where it has no true class or no probability of it.
std::vector<std::optional<double>> ClassLosses(const Cohort& cohort, const std::vector<std::string>& classes);

}  // namespace asap

#endif  // ASAP_TASKS_LABELS_COLUMNS_H_
