// The cases of a task, split and labelled, before anything is computed of them: for tasks of every kind.
#ifndef ASAP_TASKS_COHORT_COHORT_H_
#define ASAP_TASKS_COHORT_COHORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/cohort.h"
#include "core/dataset.h"
#include "core/task.h"
#include "datasets/published_lists/expected_lists.h"

namespace asap {

// What a task asks of its dataset.
struct CohortSpec {
  std::string dataset;
  // Keys of Dataset::Labels, in the order of the published lists' columns. Empty for a task without labels.
  std::vector<std::string> labels;
  // Above 0: labels[0] is the number of one of so many classes, not yes or no.
  int64_t classes = 0;
  ListKind lists = ListKind::kClassification;
};

struct LabelledCases {
  std::vector<int64_t> cases;               // indices of the dataset
  std::vector<std::vector<double>> labels;  // of each: in the order of CohortSpec::labels, NaN where unknown
};

struct TaskCohort {
  LabelledCases train, valid, test;
  SplitFacts split;
  std::vector<std::string> warnings;
};

// Splits by the published lists where `context.splits` is given, else by the documented rule, and keeps the label fraction of the
// training cases. Labels are the lists' where there are lists. Errors: a label that the dataset does not have, naming those that
// it has; a fraction without cases.
absl::StatusOr<TaskCohort> GatherCohort(const Dataset& dataset, const CohortSpec& spec, const TaskContext& context);

// The cases of an external dataset, none of which was trained on: those of its published test list where `context.splits` is
// given, otherwise all. `names` are its own labels.
absl::StatusOr<LabelledCases> GatherExternal(const Dataset& dataset, const std::vector<std::string>& names,
                                             const TaskContext& context);

// A row of the case, or of a part of it. It tells which rows are of one patient by a digest in place of the id, which is no
// secret from who can guess the id: who passes runs on passes pseudonyms on.
RowId RowOf(const Dataset& dataset, int64_t index, const std::string& item = "");

}  // namespace asap

#endif  // ASAP_TASKS_COHORT_COHORT_H_
