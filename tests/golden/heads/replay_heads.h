// Replays of the published classification and prognosis: the frozen encoder, heads, losses, training trajectories, learning-rate
// tables and label fractions.
#ifndef ASAP_TESTS_GOLDEN_HEADS_REPLAY_HEADS_H_
#define ASAP_TESTS_GOLDEN_HEADS_REPLAY_HEADS_H_

#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "tests/golden/model/guarded.h"
#include "tests/golden/row.h"

namespace asap::golden {

// Whether ReplayHeads() knows a fixture whose content, or "meta" if it is a safetensors file, this is.
bool IsHeadsFixture(const nlohmann::json& content);

// pub_cls_*, pub_prog_* (safetensors), pub_probe (either of its two files; the other lies beside it), pub_fractions.json.
// DataLoss or InvalidArgument, naming the file and the defect, for a fixture that is damaged.
absl::StatusOr<Rows> ReplayHeads(const std::string& path, Precision precision);

}  // namespace asap::golden

#endif  // ASAP_TESTS_GOLDEN_HEADS_REPLAY_HEADS_H_
