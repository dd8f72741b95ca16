// Writing weights as PyTorch's torch.save does, in the zip form: torch.load(path, weights_only=True) gives
// {"model": OrderedDict of tensors, "metadata": dict of texts}, the form of the published checkpoints, and ReadWeights the same.
#ifndef ASAP_CORE_IO_WRITE_TORCH_FILE_H_
#define ASAP_CORE_IO_WRITE_TORCH_FILE_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "core/io/tensor.h"

namespace asap {

// Writes all or nothing. Types as of ReadTorchFile; tensors that share memory are written each on its own. InvalidArgument for
// two tensors of one name, or a type that is not read.
absl::Status WriteTorchFile(const std::string& path, const NamedTensors& tensors,
                            const std::map<std::string, std::string>& metadata = {});

}  // namespace asap

#endif  // ASAP_CORE_IO_WRITE_TORCH_FILE_H_
