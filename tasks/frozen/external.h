// Scores of a task's labels as answers to the labels of an external dataset.
#ifndef ASAP_TASKS_FROZEN_EXTERNAL_H_
#define ASAP_TASKS_FROZEN_EXTERNAL_H_

#include <string>
#include <vector>

#include "core/task.h"
#include "tasks/frozen/frozen_spec.h"

namespace asap {

// Replaces each case's scores, by the task's labels, by scores of the cohort's labels, which their truth has already: the highest
// of the labels that answer. `on_test_data`: the one with the highest AUROC on these cases instead, as published; each such
// choice is added to `warnings`.
void AnswerExternal(const ExternalCohort& cohort, bool on_test_data, std::vector<CaseResult>& cases,
                    std::vector<std::string>& warnings);

}  // namespace asap

#endif  // ASAP_TASKS_FROZEN_EXTERNAL_H_
