// Attention over split heads, and the bias that hides keys from it.
#ifndef ASAP_MODULES_LAYERS_ATTENTION_H_
#define ASAP_MODULES_LAYERS_ATTENTION_H_

#include <ATen/core/TensorBody.h>

#include <cstdint>

namespace asap {

// The lowest finite number of a floating-point type.
double Lowest(at::ScalarType type);

// softmax(Q K^T / sqrt(head width) + bias) V for queries [B, T, C] and keys, values [B, S, C] whose C splits into heads. `bias`,
// if defined, broadcasts to [B, heads, T, S] and carries no gradient. Never makes the [T, S] map where the kernel can avoid it.
at::Tensor Attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, int64_t heads,
                     const at::Tensor& bias, double dropout = 0);

// The additive bias [B, 1, 1, S] that hides keys: 0 where attention is not 0, the type's lowest number where it is. The lowest
// number and not -infinity, so that a row without any key stays finite.
at::Tensor PaddingBias(const at::Tensor& attention, at::ScalarType type);

}  // namespace asap

#endif  // ASAP_MODULES_LAYERS_ATTENTION_H_
