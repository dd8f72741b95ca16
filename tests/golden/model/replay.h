// Replays of the published model's golden fixtures: what the reference computed, key by key, against what this program computes.
#ifndef ASAP_TESTS_GOLDEN_MODEL_REPLAY_H_
#define ASAP_TESTS_GOLDEN_MODEL_REPLAY_H_

#include <c10/core/Device.h>

#include <string>

#include "absl/status/statusor.h"
#include "tests/golden/model/guarded.h"
#include "tests/golden/row.h"

namespace asap::golden {

// A model case (safetensors): every weight and input that has a recipe, every integer, intermediate, loss and gradient.
absl::StatusOr<Rows> ReplayModel(const std::string& path, Precision precision, c10::Device device = c10::kCPU);

// Some updates of AdamW from a model case that lies beside the file: rates, losses, gradient norms, final weights.
absl::StatusOr<Rows> ReplayTrajectory(const std::string& path, Precision precision, c10::Device device = c10::kCPU);

// A case of the published sizes (JSON), whose weights and inputs follow a recipe: losses and checksums.
absl::StatusOr<Rows> ReplayTrueSize(const std::string& path, Precision precision);

// pretraining_golden.json: closed-form cases of another recipe, in float32; the tiny variants alone, or all of them.
enum class PretrainingVariants { kTiny, kAll };
absl::StatusOr<Rows> ReplayPretraining(const std::string& path, PretrainingVariants variants);

// DataLoss or InvalidArgument in all of them, naming the file and the defect, for a fixture that is damaged.

}  // namespace asap::golden

#endif  // ASAP_TESTS_GOLDEN_MODEL_REPLAY_H_
