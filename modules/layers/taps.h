// Intermediate values by name, for tests that compare them. Components take a `Taps*` that is null in training.
#ifndef ASAP_MODULES_LAYERS_TAPS_H_
#define ASAP_MODULES_LAYERS_TAPS_H_

#include <ATen/core/TensorBody.h>

#include <map>
#include <string>

namespace asap {

using Taps = std::map<std::string, at::Tensor>;

inline void Tap(Taps* taps, const std::string& name, const at::Tensor& value) {
  if (taps != nullptr) (*taps)[name] = value.detach();
}

}  // namespace asap

#endif  // ASAP_MODULES_LAYERS_TAPS_H_
