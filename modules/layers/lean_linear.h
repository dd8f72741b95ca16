// Linear layers that keep less, for blocks that run again in the backward pass (checkpointing.h); elsewhere they only cost time.
// Values and gradients are those of the plain operations to the last bit: pieces are cut along axes that no product sums over.
#ifndef ASAP_MODULES_LAYERS_LEAN_LINEAR_H_
#define ASAP_MODULES_LAYERS_LEAN_LINEAR_H_

#include <ATen/core/TensorBody.h>

#include "modules/layers/layers.h"

namespace asap {

// linear(Gelu(x)), which keeps x alone of the two, and in the backward pass writes over it: nothing else may read x then.
at::Tensor LinearOfGelu(const Linear& linear, const at::Tensor& x);

// x W^T + b for a W of many rows [N, C], as a vocabulary's, and x [M, C]: the gradient of W is made a thousand rows at a time and
// at once in W's type, and no copy of W in autocast's type is kept.
at::Tensor LinearOfManyRows(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

}  // namespace asap

#endif  // ASAP_MODULES_LAYERS_LEAN_LINEAR_H_
