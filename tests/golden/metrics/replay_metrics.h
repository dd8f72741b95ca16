// Replays the metrics fixtures: metrics_public.json, pub_task_metrics.json, and others of their formats.
#ifndef ASAP_TESTS_GOLDEN_METRICS_REPLAY_METRICS_H_
#define ASAP_TESTS_GOLDEN_METRICS_REPLAY_METRICS_H_

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/golden/row.h"

namespace asap::golden {

// Whether a file's top level is of this kind.
bool IsMetricsFixture(const nlohmann::json& file);

struct MetricsReplay {
  Rows rows;
  std::vector<std::string> notes;  // a line a part: how many keys were compared, or that it was skipped
};

// `parts`: the top-level parts to replay; empty for all that this program can, the others named in the notes. NotFound for a part
// that the file does not have or this program cannot replay, with those that it can.
absl::StatusOr<MetricsReplay> ReplayMetrics(const std::string& path, const std::vector<std::string>& parts);

}  // namespace asap::golden

#endif  // ASAP_TESTS_GOLDEN_METRICS_REPLAY_METRICS_H_
