// What the scores of cases show: ROC, precision-recall and reliability curves, confusion matrices, survival by predicted risk.
#ifndef ASAP_CORE_PAGE_BENCHMARK_CASE_PLOTS_H_
#define ASAP_CORE_PAGE_BENCHMARK_CASE_PLOTS_H_

#include <string>

#include "core/benchmark/results.h"
#include "core/page/plots.h"

namespace asap {

// Figures of one cohort with all encoders, or nothing where no run has cases of it. Each encoder's are of its DrawnRun.
Html CasePlots(const BenchmarkResults& results, const TaskSpec& task, const std::string& cohort, Plots* plots);

// What stands beside them: confusion matrices where the task has classes, numbers at risk where it has times.
Html CaseTables(const BenchmarkResults& results, const TaskSpec& task, const std::string& cohort);
// Expected and greatest calibration error, Brier score.
Html CalibrationTable(const BenchmarkResults& results, const TaskSpec& task, const std::string& cohort);

}  // namespace asap

#endif  // ASAP_CORE_PAGE_BENCHMARK_CASE_PLOTS_H_
