// Stochastic depth (Huang et al., 2016): each residual branch of each sample is dropped at random, or scaled to keep its mean.
#ifndef ASAP_MODULES_VIT3D_DROP_PATH_H_
#define ASAP_MODULES_VIT3D_DROP_PATH_H_

#include <ATen/core/TensorBody.h>

#include <cstdint>

namespace asap {

// The probabilities [depth] float32 of dropping a branch of each block: from 0 evenly to `rate`.
at::Tensor DropPathRates(double rate, int64_t depth);

// What branches are multiplied by, [depth, 2, B] float64 (attention's, then the MLP's): 0, or 1 / (1 - probability) where kept.
// Sample b draws from the seed `seed` + b alone.
at::Tensor DropPathScales(double rate, int64_t depth, int64_t batch, uint64_t seed);

}  // namespace asap

#endif  // ASAP_MODULES_VIT3D_DROP_PATH_H_
