// How the processes of a group come to the same start: rank 0 decides and reads, the others are told. Only rank 0 needs the
// output folder.
#ifndef ASAP_CORE_TRAIN_SHARED_START_H_
#define ASAP_CORE_TRAIN_SHARED_START_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/distributed/process_group.h"
#include "core/io/tensor.h"
#include "core/train/checkpoint.h"

namespace asap {

// InvalidArgument, with the differences, where this rank's settings are not rank 0's (but kVolumeFilesSetting). What decides
// which exchanges there are is compared before the first of them: ranks that are out of step read each other's bytes as something
// else.
absl::Status CheckSameAsRankZero(ProcessGroup& group, const std::vector<std::pair<std::string, std::string>>& config);

// Rank 0's state on all ranks.
absl::Status BroadcastState(ProcessGroup& group, TrainState& state);

// Rank 0's tensors on all ranks, whatever the others' were: for tensors whose names not every rank knows.
absl::StatusOr<NamedTensors> BroadcastTensors(ProcessGroup& group, const NamedTensors& tensors);

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_SHARED_START_H_
