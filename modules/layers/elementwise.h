// Dropout and GELU with kernels of our own on the CPU, where LibTorch's draw random numbers one after another and keep masks, or
// call a slow erf. Elsewhere, in other types than float32 and bfloat16, and under tracing they are LibTorch's.
#ifndef ASAP_MODULES_LAYERS_ELEMENTWISE_H_
#define ASAP_MODULES_LAYERS_ELEMENTWISE_H_

#include <ATen/core/TensorBody.h>

#include <cstdint>

namespace asap {

// Zeroes elements with that probability and scales the others by 1 / (1 - probability); x itself where not in training. The same
// state of LibTorch's default generator gives the same choice.
at::Tensor Dropout(const at::Tensor& x, double probability, bool training);

// x Phi(x), Phi the normal distribution function.
at::Tensor Gelu(const at::Tensor& x);
// The gradient of x from that of Gelu(x), both contiguous.
at::Tensor GeluGradient(const at::Tensor& gradient, const at::Tensor& x);

// 64 random bits from LibTorch's default generator of the CPU.
uint64_t DrawSeed();

// Whether a graph is being recorded by torch::jit::trace, which sees LibTorch's own operations only.
bool IsTracing();

}  // namespace asap

#endif  // ASAP_MODULES_LAYERS_ELEMENTWISE_H_
