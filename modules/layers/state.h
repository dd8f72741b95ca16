// Weights in and out of modules, by name.
#ifndef ASAP_MODULES_LAYERS_STATE_H_
#define ASAP_MODULES_LAYERS_STATE_H_

#include <ATen/core/TensorBody.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/io/tensor.h"

namespace torch::nn {
class Module;
}

namespace asap {

// The module's parameters under `prefix` + their names, in order of registration.
NamedTensors ParametersOf(const torch::nn::Module& module, absl::string_view prefix = "");

struct LoadReport {
  std::vector<std::string> loaded;      // names of the module
  std::vector<std::string> missing;     // of the module, not in the file: they keep their values
  std::vector<std::string> unexpected;  // of the file, unknown to the module
  std::vector<std::string> ignored;     // of the file, known and not needed
  std::vector<std::string> reshaped;    // loaded from another view of the same elements, e.g. a convolution's kernel

  // "146 loaded, 3 missing (cls_token, ...), 2 unexpected (...)": at most five names each.
  std::string Summary() const;
};

// What a name of a file means: its name in the module, or "" for one that is known and not needed.
using KeyMap = std::function<std::string(const std::string&)>;

// Copies the file's tensors into `destination`, converting types. InvalidArgument, naming the key and both shapes, where a tensor
// has another shape, or a value that is not finite; nothing is copied then. A tensor of the same first extent and the same number
// of elements, as a matrix for a convolution's kernel, is taken.
absl::StatusOr<LoadReport> LoadTensors(const NamedTensors& destination, const std::map<std::string, at::Tensor>& source,
                                       const KeyMap& key_map = nullptr);

}  // namespace asap

#endif  // ASAP_MODULES_LAYERS_STATE_H_
