// Random starting values by the published rules, drawn per parameter name: what a component starts from depends on the seed and
// on its own names, never on which other components are built. So ablations share their starting point.
#ifndef ASAP_MODULES_LAYERS_INIT_H_
#define ASAP_MODULES_LAYERS_INIT_H_

#include <torch/nn/module.h>

#include <cstdint>

namespace asap {

// Matrices: Xavier-uniform. Vectors: norms 1 and 0, biases 0. Tokens and the position and type tables of BERT: N(0, 0.02). The
// patch embedding: Xavier-uniform as [width, voxels], its bias U(-1/sqrt(voxels), 1/sqrt(voxels)).
void InitialiseParameters(torch::nn::Module& module, uint64_t seed);

}  // namespace asap

#endif  // ASAP_MODULES_LAYERS_INIT_H_
