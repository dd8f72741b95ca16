// Checkpoints of a training run: RUN/checkpoints/step-00000123/ with model.safetensors, optimizer.safetensors and state.json.
//
//   ASAP_RETURN_IF_ERROR(SaveCheckpoint(RUN + "/checkpoints", state, model.State(), optimizer.State(), /*keep=*/3));
//   ASAP_ASSIGN_OR_RETURN(std::optional<CheckpointFile> latest, FindLatestCheckpoint(RUN + "/checkpoints"));
//   ASAP_ASSIGN_OR_RETURN(NamedTensors weights, LoadCheckpointTensors(latest->folder, kModelFile));
//
// A checkpoint is written under another name in the same folder, flushed, and renamed: under its final name it is complete, or
// the disk lied. state.json comes last and lists each file's size and CRC-32; a checkpoint whose files differ from that list does
// not count.
//
// No generator states are kept: the trainer seeds LibTorch's generators from (seed, step) for every forward pass, and the
// loader's draws depend on (seed, epoch, case), so step and position say it all.
#ifndef ASAP_CORE_TRAIN_CHECKPOINT_H_
#define ASAP_CORE_TRAIN_CHECKPOINT_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/io/tensor.h"

namespace asap {

inline constexpr char kModelFile[] = "model.safetensors";
inline constexpr char kOptimizerFile[] = "optimizer.safetensors";

// A mean in the making.
struct RunningSum {
  double sum = 0;
  int64_t count = 0;
};

// All of a training run that is not a tensor.
struct TrainState {
  int64_t step = 0;                                         // updates done, skipped ones included
  int64_t epoch = 0;                                        // where the data go on
  int64_t batch = 0;                                        // within that epoch
  int64_t skipped = 0;                                      // updates left out because a number was not finite
  int64_t skipped_in_a_row = 0;                             // of these, the last ones
  double seconds = 0;                                       // of training so far
  std::vector<std::pair<std::string, RunningSum>> pending;  // by number of the next log line: what it averages
  // The best score that was offered so far, and the step whose checkpoint holds its weights; step -1 for none.
  double best_score = 0;
  int64_t best_step = -1;
  int64_t best_epoch = 0;     // epochs done then
  int64_t epochs_closed = 0;  // those whose end was told to TrainerCallbacks::after_epoch
  bool ended = false;         // by after_epoch: no further step is due
  // Settings that decide what is computed, in the order of messages. A run resumes only under the same ones.
  std::vector<std::pair<std::string, std::string>> config;
};

// Settings of TrainState::config that stand for data by digest, and are not held as the others are. Checkpoints of earlier
// versions lack both, which is warned of.
//   cases         ids, patients, splits, reports: others are refused
//   volume files  paths, sizes, times: others are warned of, since data are moved; processes need not have the same ones
inline constexpr char kCasesSetting[] = "cases";
inline constexpr char kVolumeFilesSetting[] = "volume files";

struct CheckpointFile {
  std::string folder;  // absolute
  TrainState state;
};

// checkpoints/step-<step>
std::string CheckpointFolder(const std::string& checkpoints, int64_t step);

// Writes RUN/checkpoints/step-<state.step> and then removes all but the newest `keep` checkpoints (0 keeps all) and the one of
// state.best_step. An error names the path and leaves earlier checkpoints as they are. A checkpoint of the same step is replaced.
absl::Status SaveCheckpoint(const std::string& checkpoints, const TrainState& state, const NamedTensors& model,
                            const NamedTensors& optimizer, int keep);

// Reads state.json and compares each file with it. DataLoss, naming the file and how it differs, where one does.
absl::StatusOr<CheckpointFile> OpenCheckpoint(const std::string& folder);

// The newest checkpoint that OpenCheckpoint accepts; none where there is no checkpoint at all. Each newer one that is broken is
// warned of. DataLoss where there are checkpoints and every one is broken.
absl::StatusOr<std::optional<CheckpointFile>> FindLatestCheckpoint(const std::string& checkpoints);

// The tensors of kModelFile or kOptimizerFile, by name.
absl::StatusOr<NamedTensors> LoadCheckpointTensors(const std::string& folder, const std::string& file);

// Copies values into tensors of the same names and shapes. InvalidArgument, listing them, for names that only one side has;
// nothing is copied then.
absl::Status RestoreTensors(const NamedTensors& values, const NamedTensors& into);

// What would bring back the value that a setting had, or nothing.
using SettingRemedy = std::function<std::string(const std::string& name, const std::string& was)>;

// FailedPrecondition, listing the settings that differ and what to do about it, unless the two are equal.
absl::Status CheckSameConfig(const CheckpointFile& checkpoint, const std::vector<std::pair<std::string, std::string>>& config,
                             const SettingRemedy& remedy = nullptr);

// Takes what an earlier run left out of the way of a new one in the same folder: checkpoints after `step` are renamed, so that no
// later resume takes them for this run's. Nothing is deleted.
absl::Status SetAsideCheckpointsAfter(const std::string& checkpoints, int64_t step);

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_CHECKPOINT_H_
