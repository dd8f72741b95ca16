// Runs tasks: every (encoder, task, label fraction, seed) once, whatever was done before.
//
// A run whose file is there and measured the same (IsSameMeasurement: encoder, data, task version, parameters, settings) is read
// and not made again. A run that fails does not stop the others: it is named in the outcome. A pair that does not fit, as a file
// of features and a task that trains a network, is not applicable, which is no failure. Runs of one task go in parallel, since
// they share its features, unless it wants to be alone; an interrupt ends the runs in progress, and the next call goes on from
// there.
#ifndef ASAP_CORE_BENCHMARK_ENGINE_H_
#define ASAP_CORE_BENCHMARK_ENGINE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/benchmark/measured_encoder.h"
#include "core/benchmark/run.h"
#include "core/task.h"

namespace asap {

struct EngineOptions {
  std::string output_dir;  // absolute; runs go to OUTPUT_DIR/runs
  std::vector<MeasuredEncoder*> encoders;
  std::vector<const Task*> tasks;
  Protocol protocol = Protocol::kStrict;
  std::vector<double> fractions;  // only these of each task's; empty: all
  std::vector<uint64_t> seeds = {0};
  std::map<std::string, std::string> task_options;  // parameters of tasks, each for all of `tasks` that declare it
  std::string splits;                               // folder of the published split lists; empty: the documented rule
  std::string settings;                             // what decides the numbers besides the key, as "device=cuda"
  std::string machine, commit;                      // notes of where and by which build it was measured
  std::string device = "cpu";
  int threads = 1;
  int jobs = 1;  // runs of one task at a time
  // The encoder tells the spacing to resample to.
  std::function<absl::StatusOr<std::unique_ptr<Dataset>>(const std::string& name, MeasuredEncoder& encoder)> open_dataset;
  std::function<bool()> interrupted;                    // asked often; null: never
  std::function<void(const std::string& line)> status;  // told where it stands; null: nobody
};

struct EngineOutcome {
  std::vector<Run> runs;              // in the order of encoders, tasks, fractions, seeds
  std::vector<std::string> failures;  // "encoder, kind/dataset, 10 %, seed 0: message"
  std::vector<NotApplicable> not_applicable;
  int64_t reused = 0;  // runs that were read from files
  bool interrupted = false;
};

// InvalidArgument for a task whose spec is wrong, a fraction that no task has, an option that no task declares or a value that it
// cannot have: known from the tasks, fractions and options alone, before anything takes time.
absl::Status CheckOptions(const EngineOptions& options);

// The errors of CheckOptions, and NotFound where the split lists are not there. Failures of runs are in the outcome.
absl::StatusOr<EngineOutcome> RunBenchmark(const EngineOptions& options);

}  // namespace asap

#endif  // ASAP_CORE_BENCHMARK_ENGINE_H_
