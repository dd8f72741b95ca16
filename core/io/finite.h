// Values that are no numbers, as a training that diverged leaves them in its weights.
#ifndef ASAP_CORE_IO_FINITE_H_
#define ASAP_CORE_IO_FINITE_H_

#include "absl/status/status.h"
#include "core/io/tensor.h"

namespace asap {

// InvalidArgument where a tensor has a NaN or an infinite value, naming each such tensor (five at most) and how many it has.
absl::Status CheckFinite(const NamedTensors& tensors);

}  // namespace asap

#endif  // ASAP_CORE_IO_FINITE_H_
