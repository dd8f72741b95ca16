// The metrics of discrete survival, as statistics of weighted rows: what Task::Scores returns.
#ifndef ASAP_TASKS_PROGNOSIS_SCORES_H_
#define ASAP_TASKS_PROGNOSIS_SCORES_H_

#include <string>
#include <vector>

#include "core/cohort.h"
#include "core/score.h"

namespace asap {

// The columns are those of columns.h, the scores c_index (Harrell's, the headline), c_index_uno, auroc and brier of the horizons'
// labels, and auroc_cumulative_dynamic by horizon.
std::vector<Score> SurvivalScores(const Cohort& cohort, const std::vector<std::string>& horizons);

}  // namespace asap

#endif  // ASAP_TASKS_PROGNOSIS_SCORES_H_
