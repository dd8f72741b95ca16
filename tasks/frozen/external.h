// How scores of a task's labels answer the labels of an external dataset.
#ifndef ASAP_TASKS_FROZEN_EXTERNAL_H_
#define ASAP_TASKS_FROZEN_EXTERNAL_H_

#include <string>
#include <vector>

#include "core/cohort.h"
#include "tasks/frozen/frozen_spec.h"

namespace asap {

// Replaces the score columns of the task's labels by those of the external dataset's labels, whose truth columns are there
// already: the highest of the labels that answer. `on_test_data`: the one with the highest AUROC on these rows instead, as
// published; each such choice is added to `warnings`.
void AnswerExternal(const ExternalCohort& external, bool on_test_data, Cohort& cohort, std::vector<std::string>& warnings);

}  // namespace asap

#endif  // ASAP_TASKS_FROZEN_EXTERNAL_H_
