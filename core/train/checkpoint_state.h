// state.json of a checkpoint: TrainState and the list of files, as JSON and back.
#ifndef ASAP_CORE_TRAIN_CHECKPOINT_STATE_H_
#define ASAP_CORE_TRAIN_CHECKPOINT_STATE_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/train/checkpoint.h"

namespace asap {

// What a file must be for its checkpoint to count.
struct FileDigest {
  int64_t bytes = 0;
  uint32_t crc32 = 0;  // IEEE 802.3
};

struct CheckpointManifest {
  TrainState state;
  std::map<std::string, FileDigest> files;  // by name
};

std::string ManifestToJson(const CheckpointManifest& manifest);
// InvalidArgument, with the field, for text that is no manifest of this version.
absl::StatusOr<CheckpointManifest> ManifestFromJson(absl::string_view json);

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_CHECKPOINT_STATE_H_
