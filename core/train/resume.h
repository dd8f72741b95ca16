// Which checkpoint a run goes on from.
#ifndef ASAP_CORE_TRAIN_RESUME_H_
#define ASAP_CORE_TRAIN_RESUME_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "core/train/checkpoint.h"

namespace asap {

// `mode` is "auto", "never", or the absolute path of a checkpoint or of a run's folder.
//   auto   the newest whole checkpoint in output_dir, or none where there is none
//   never  none; an earlier run's checkpoints and log in output_dir are renamed, not deleted
//   path   that checkpoint, or that run's newest; an error where there is none
// A checkpoint made under another `config` is an error. Checkpoints in output_dir that would come after the one chosen are
// renamed: they belong to another continuation.
absl::StatusOr<std::optional<CheckpointFile>> ChooseCheckpoint(const std::string& mode, const std::string& output_dir,
                                                               const std::vector<std::pair<std::string, std::string>>& config,
                                                               const SettingRemedy& remedy = nullptr);

// Whether a run of that mode may go on from checkpoints in output_dir: there are some, whole or not.
bool MayGoOn(const std::string& mode, const std::string& output_dir);

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_RESUME_H_
