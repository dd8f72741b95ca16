// Which file of a folder holds the weights of a model.
#ifndef ASAP_CORE_IO_FIND_WEIGHTS_H_
#define ASAP_CORE_IO_FIND_WEIGHTS_H_

#include <string>

#include "absl/status/statusor.h"

namespace asap {

// In the folder `path` the first that exists of model.safetensors, model.safetensors.index.json, pytorch_model.bin and
// pytorch_model.bin.index.json, NotFound where there is none; `path` itself if it is no folder.
absl::StatusOr<std::string> FindWeights(const std::string& path);

}  // namespace asap

#endif  // ASAP_CORE_IO_FIND_WEIGHTS_H_
