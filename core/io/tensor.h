// Named tensors: what weights, optimisers and checkpoints pass around.
#ifndef ASAP_CORE_IO_TENSOR_H_
#define ASAP_CORE_IO_TENSOR_H_

#include <ATen/core/TensorBody.h>

#include <string>
#include <vector>

namespace asap {

struct NamedTensor {
  std::string name;
  at::Tensor tensor;
};
using NamedTensors = std::vector<NamedTensor>;

}  // namespace asap

#endif  // ASAP_CORE_IO_TENSOR_H_
