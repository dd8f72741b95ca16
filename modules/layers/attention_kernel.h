// Attention on the CPU without a [T, S] map in memory, forward and backward, in float32 and bfloat16, with bias and dropout. The
// products run on LibTorch's small-matrix kernels (oneDNN), which use AVX-512 and AMX; LibTorch's own backward pass does not.
//
// The backward pass computes the scores anew, tile by tile (Dao et al., 2022), transposed: keys x queries. So all five products
// of a tile have a left operand that lies row by row.
#ifndef ASAP_MODULES_LAYERS_ATTENTION_KERNEL_H_
#define ASAP_MODULES_LAYERS_ATTENTION_KERNEL_H_

#include <ATen/core/TensorBody.h>

#include <cstdint>

namespace asap {

struct AttentionInputs {
  at::Tensor query, key, value;  // [B, T, C], [B, S, C], [B, S, C]; float32 or bfloat16, last axis contiguous
  int64_t heads = 1;             // C / heads is even
  at::Tensor bias;               // float32, broadcasts to [B, heads, T, S]; undefined for none
  double dropout = 0;
  uint64_t seed = 0;  // of dropout
};

struct AttentionOutputs {
  at::Tensor context;               // [B, T, C]
  at::Tensor maximum, inverse_sum;  // [B, heads, T] float32: what the backward pass needs of the softmax
};

struct AttentionGradients {
  at::Tensor query, key, value;
};

// Whether this processor has what the kernel needs for that type.
bool HasAttentionKernel(at::ScalarType type);

AttentionOutputs AttentionForward(const AttentionInputs& in);
AttentionGradients AttentionBackward(const AttentionInputs& in, const AttentionOutputs& out, const at::Tensor& gradient);

}  // namespace asap

#endif  // ASAP_MODULES_LAYERS_ATTENTION_KERNEL_H_
