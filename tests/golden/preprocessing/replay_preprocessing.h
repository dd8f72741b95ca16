// Replays the preprocessing fixtures (section 5 of the fixtures' README): resampling, training augmentation, evaluation crop.
#ifndef ASAP_TESTS_GOLDEN_PREPROCESSING_REPLAY_PREPROCESSING_H_
#define ASAP_TESTS_GOLDEN_PREPROCESSING_REPLAY_PREPROCESSING_H_

#include <string>

#include "absl/status/statusor.h"
#include "tests/golden/row.h"

namespace asap::golden {

// `golden_path` is <stem>.json or <stem>.safetensors; both must lie side by side, with the input files in the folder <stem>_nifti
// beside them. Every case that the JSON lists is replayed, whatever its name and size.
absl::StatusOr<Rows> ReplayPreprocessing(const std::string& golden_path);

}  // namespace asap::golden

#endif  // ASAP_TESTS_GOLDEN_PREPROCESSING_REPLAY_PREPROCESSING_H_
