// What a model was tested on and what came of it: rows, and columns that the task gives meaning.
//
//   Cohort cohort{.dataset = "stoic"};
//   cohort.rows.push_back({.case_id = "123", .patient = digest});
//   cohort.numbers["score/probSevere"].push_back(0.31);
//
// A row is a case, or a part of one: a question, a sentence, one of several masks. Any number of rows may be of one patient; the
// bootstrap resamples patients.
#ifndef ASAP_CORE_COHORT_H_
#define ASAP_CORE_COHORT_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace asap {

// Which thing was scored.
struct RowId {
  std::string case_id;
  std::string item;     // a question, a sentence, one of several masks; empty: the case itself
  std::string patient;  // equal for rows of one patient; a digest of the id, which who guesses the id can tell

  friend bool operator==(const RowId&, const RowId&) = default;
};

struct Cohort {
  std::string dataset;
  std::vector<RowId> rows;
  // Columns, each as long as `rows`. What a column means is its task's business: "score/Emphysema", "truth/Emphysema",
  // "dice/aorta", "rank/report", "hit/location". NaN where a row has no value.
  std::map<std::string, std::vector<double>> numbers;
  // Texts of rows, which are private: they are kept in a file of their own beside the run's, for the owner alone, and no report
  // of scores holds them. Read for a task's section only.
  std::map<std::string, std::vector<std::string>> texts;
};

// InvalidArgument, naming the cohort and the column or row, unless each column is as long as `rows` and each (case_id, item) is
// there once.
absl::Status CheckCohort(const Cohort& cohort);

// The column, or null where the cohort has none of that name.
const std::vector<double>* FindNumbers(const Cohort& cohort, absl::string_view name);

// The column, made of NaN where it is not there yet; as long as `rows`.
std::vector<double>& NumbersOf(Cohort& cohort, const std::string& name);

}  // namespace asap

#endif  // ASAP_CORE_COHORT_H_
