// Volumes made of nothing but a seed, for tests of models.
#ifndef ASAP_CORE_TESTING_ENCODER_SYNTHETIC_VOLUMES_H_
#define ASAP_CORE_TESTING_ENCODER_SYNTHETIC_VOLUMES_H_

#include <ATen/core/TensorBody.h>

#include <cstdint>

#include "core/encoder.h"

namespace asap {

// Bright boxes in noise, [cases, 1, H, W, D] float32 of an encoder's size; `labels`, if wanted, gets the boxes' numbers 1 ... 8
// as uint8 of the same shape, 0 elsewhere. Case i does not depend on how many there are.
at::Tensor SyntheticVolumes(const EncoderSpec& spec, int64_t cases, uint64_t seed = 0, at::Tensor* labels = nullptr);

}  // namespace asap

#endif  // ASAP_CORE_TESTING_ENCODER_SYNTHETIC_VOLUMES_H_
