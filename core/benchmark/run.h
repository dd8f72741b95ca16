// One run of a benchmark: one encoder, task, label fraction and seed, and the file that keeps what came of it.
#ifndef ASAP_CORE_BENCHMARK_RUN_H_
#define ASAP_CORE_BENCHMARK_RUN_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/task.h"

namespace asap {

struct RunKey {
  std::string encoder;         // name
  std::string encoder_digest;  // what was measured
  std::string task;
  Protocol protocol = Protocol::kStrict;
  double fraction = 100;
  uint64_t seed = 0;
  std::string settings;  // what else decides the numbers, as "data=phantom views=0"

  // "asap/classification/stoic/strict/100pct_seed0.json"
  std::string FileName() const;
};

struct Run {
  RunKey key;
  TaskResult result;
  double seconds = 0;   // of the whole run, encoding included where it was not cached
  std::string machine;  // "Intel(R) Xeon(R), 2 threads"
  std::string date;     // UTC, 2026-11-26T19:40:00Z
};

// JSON, written atomically. Numbers keep all their digits.
absl::Status WriteRun(const std::string& path, const Run& run);
// DataLoss for a file that is no run; the message names file, place and remedy (delete it, and it is made again).
absl::StatusOr<Run> ReadRun(const std::string& path);

}  // namespace asap

#endif  // ASAP_CORE_BENCHMARK_RUN_H_
