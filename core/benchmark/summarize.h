// From runs to numbers: scores with intervals over all seeds, and comparisons of encoders.
#ifndef ASAP_CORE_BENCHMARK_SUMMARIZE_H_
#define ASAP_CORE_BENCHMARK_SUMMARIZE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/benchmark/results.h"
#include "core/benchmark/run.h"
#include "core/task.h"

namespace asap {

struct SummaryOptions {
  int64_t resamples = 2000;  // of patients
  uint64_t seed = 0;
  int threads = 0;                                            // 0: as many as the machine has
  std::function<void(int64_t done, int64_t total)> progress;  // of an encoder's cohorts; may be null
};

// Fills scores and comparisons of `results` from its runs; `tasks` are those that made them. Each metric is the mean over seeds,
// and a resample draws the same patients for all of them. Comparisons are of the first encoder's headline with each other one's
// on the same test cases; Holm's correction is over the tasks at one label fraction against one baseline. Where two encoders did
// not score the same cases, that is a warning and they are not compared.
void Summarize(const std::vector<const Task*>& tasks, const SummaryOptions& options, BenchmarkResults& results);

}  // namespace asap

#endif  // ASAP_CORE_BENCHMARK_SUMMARIZE_H_
