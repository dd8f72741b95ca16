// One run of a benchmark: one encoder, task, label fraction and seed, and the files that keep what came of it.
#ifndef ASAP_CORE_BENCHMARK_RUN_H_
#define ASAP_CORE_BENCHMARK_RUN_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/task.h"

namespace asap {

struct RunKey {
  std::string encoder;         // name
  std::string encoder_digest;  // what was measured
  std::string task;
  int task_version = 1;
  Protocol protocol = Protocol::kStrict;
  double fraction = 100;
  uint64_t seed = 0;
  std::map<std::string, std::string> parameters;  // the task's own
  std::string data;      // digest of the datasets and split lists (data_digest.h); empty where their state is not known
  std::string settings;  // what else decides the numbers, as "device=cuda"
  std::string commit;    // of the build that measured; a note, which decides nothing: see TaskSpec::version

  // "encoder/kind/dataset/strict/100pct_seed0": the place of its files below the benchmark's runs.
  std::string Place() const;
};

// Whether a run with key `a` measured what one with key `b` would: all but the commit, and on data whose state is known.
bool IsSameMeasurement(const RunKey& a, const RunKey& b);

struct Run {
  RunKey key;
  TaskResult result;
  double seconds = 0;   // of the whole run, encoding included where it was not cached
  std::string machine;  // "Intel(R) Xeon(R), 2 threads"
  std::string date;     // UTC, 2026-11-26T19:40:00Z
};

// An encoder that a task cannot measure, as a file of features where a network is trained. It is no failure.
struct NotApplicable {
  std::string encoder, task, reason;
};

inline constexpr int kRunVersion = 2;

// JSON, written atomically; numbers keep all their digits. Cohorts' texts, which are private, go to TextsPath(path), which only
// its owner may read. InvalidArgument for a cohort whose columns or rows are wrong.
absl::Status WriteRun(const std::string& path, const Run& run);
// Without texts. Errors name the file and the remedy (it is made again): DataLoss for a file that is no run, FailedPrecondition
// for one of an earlier version, which does not say on which data it was measured.
absl::StatusOr<Run> ReadRun(const std::string& path);

// Fills the texts of the run's cohorts, which are those of `path`. NotFound where none were kept, DataLoss where the file is no
// such texts or those of other rows.
absl::Status ReadTexts(const std::string& path, TaskResult& result);
std::string TextsPath(const std::string& path);  // ".../100pct_seed0.texts.json" of ".../100pct_seed0.json"

}  // namespace asap

#endif  // ASAP_CORE_BENCHMARK_RUN_H_
