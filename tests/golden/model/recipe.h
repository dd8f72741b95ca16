// The closed-form weights and inputs of the golden fixtures: any machine can make them, so that nothing large is stored.
#ifndef ASAP_TESTS_GOLDEN_MODEL_RECIPE_H_
#define ASAP_TESTS_GOLDEN_MODEL_RECIPE_H_

#include <ATen/core/TensorBody.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/io/tensor.h"
#include "modules/asap/config.h"

namespace asap::golden {

// u(seed, name, i) in [0, 1) for i = 0, 1, ..., as a float64 tensor of `shape`, row-major.
at::Tensor RecipeUniform(uint64_t seed, const std::string& name, const std::vector<int64_t>& shape);

// The weight of that name, float32. Position tables and copies of tied tensors are not its business.
at::Tensor RecipeWeight(uint64_t seed, const std::string& name, const std::vector<int64_t>& shape);

at::Tensor RecipeImage(uint64_t seed, int64_t batch, const std::array<int64_t, 3>& size);  // [B, 1, H, W, D] float32 in [-1, 1)
at::Tensor RecipeNoise(uint64_t seed, const std::string& name, int64_t batch, int64_t patches);  // [B, L] float32
// [B, 1, H, W, D] uint8 labels 0 ... 8: blocks of half a patch, with 3 voxels in 10 at random.
at::Tensor RecipeMask(uint64_t seed, int64_t batch, const std::array<int64_t, 3>& size, const std::array<int64_t, 3>& patch);

// Weights that the published model carries and never reads, with their shapes. `position_rows` is of its decoder's unused table,
// `projection` the width of its text encoder's unused projection.
std::vector<std::pair<std::string, std::vector<int64_t>>> UnreadWeights(const AsapConfig& config, int64_t position_rows,
                                                                        int64_t projection);

}  // namespace asap::golden

#endif  // ASAP_TESTS_GOLDEN_MODEL_RECIPE_H_
