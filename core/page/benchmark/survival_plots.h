// Survival of a cohort by predicted risk: Kaplan-Meier curves of thirds (halves of small cohorts), numbers at risk, log-rank
// test.
#ifndef ASAP_CORE_PAGE_BENCHMARK_SURVIVAL_PLOTS_H_
#define ASAP_CORE_PAGE_BENCHMARK_SURVIVAL_PLOTS_H_

#include <string>
#include <utility>
#include <vector>

#include "core/page/plots.h"
#include "core/task.h"

namespace asap {

// Nothing where no case has a time.
Html SurvivalPlot(const TaskSpec& task, const std::string& encoder, const Cohort& cohort, Plots* plots);
// A row for each group of each encoder: numbers at risk, event-free shares, the test.
Html SurvivalTable(const TaskSpec& task, const std::vector<std::pair<std::string, Cohort>>& encoders);

}  // namespace asap

#endif  // ASAP_CORE_PAGE_BENCHMARK_SURVIVAL_PLOTS_H_
