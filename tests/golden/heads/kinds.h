// The replays behind ReplayHeads. All of them may throw nlohmann's and LibTorch's exceptions: they are called within Guarded.
#ifndef ASAP_TESTS_GOLDEN_HEADS_KINDS_H_
#define ASAP_TESTS_GOLDEN_HEADS_KINDS_H_

#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/golden/heads/task_file.h"
#include "tests/golden/model/guarded.h"
#include "tests/golden/row.h"

namespace asap::golden {

absl::Status ReplayClassification(const TaskFile& file, const NamedPrecision& run, Rows& rows);
absl::Status ReplayPrognosis(const TaskFile& file, const NamedPrecision& run, Rows& rows);
absl::Status ReplaySurvivalLoss(const TaskFile& file, const NamedPrecision& run, Rows& rows);
absl::Status ReplayProbe(const nlohmann::json& log, const TaskFile& file, const NamedPrecision& run, Rows& rows);
absl::StatusOr<Rows> ReplayFractions(const nlohmann::json& file);

}  // namespace asap::golden

#endif  // ASAP_TESTS_GOLDEN_HEADS_KINDS_H_
