// The cases of a task, split and labelled, before any feature is computed.
#ifndef ASAP_TASKS_FROZEN_COHORT_H_
#define ASAP_TASKS_FROZEN_COHORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/dataset.h"
#include "core/task.h"
#include "tasks/frozen/frozen_spec.h"

namespace asap {

struct LabelledCases {
  std::vector<int64_t> cases;               // indices of the dataset
  std::vector<std::vector<double>> labels;  // of each: in the order of the task's labels, NaN where unknown
};

struct TaskCohort {
  LabelledCases train, valid, test;
  SplitFacts split;
  std::vector<std::string> warnings;
};

// Splits by the published lists where `context.splits` is given, else by the documented rule, and keeps the label fraction of the
// training cases. Labels are the lists' where there are lists. Errors: a label that the dataset does not have, naming those that
// it has; a fraction without cases.
absl::StatusOr<TaskCohort> GatherCohort(const Dataset& dataset, const FrozenSpec& spec, const TaskContext& context);

// The cases of an external dataset, none of which was trained on: those of its published test list where `context.splits` is
// given, otherwise all. `names` are its own labels.
absl::StatusOr<LabelledCases> GatherExternal(const Dataset& dataset, const std::vector<std::string>& names,
                                             const TaskContext& context);

}  // namespace asap

#endif  // ASAP_TASKS_FROZEN_COHORT_H_
