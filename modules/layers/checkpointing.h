// Activation checkpointing (Chen et al., 2016): a block keeps its input alone and is run again when the backward pass reaches it.
// Less memory for about a third more time; losses and gradients are the same to the last bit.
#ifndef ASAP_MODULES_LAYERS_CHECKPOINTING_H_
#define ASAP_MODULES_LAYERS_CHECKPOINTING_H_

#include <ATen/core/TensorBody.h>
#include <torch/nn/module.h>

#include <functional>

namespace asap {

// run(x), where `run` computes with x, with parameters of `block` and with what needs no gradient, and changes nothing. It runs
// once more in the backward pass, under the same autocast and with the same random numbers, so it must own what it captures.
// Gradients of the parameters leave through the graph as without checkpointing: hooks on accumulated gradients fire once. Without
// gradients, or under torch::jit::trace, it is just run(x).
at::Tensor Checkpointed(const torch::nn::Module& block, const at::Tensor& x,
                        const std::function<at::Tensor(const at::Tensor&)>& run);

}  // namespace asap

#endif  // ASAP_MODULES_LAYERS_CHECKPOINTING_H_
