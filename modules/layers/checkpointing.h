// Activation checkpointing (Chen et al., 2016): a block keeps its input alone and is run again when the backward pass reaches it.
// Less memory for about a third more time; losses and gradients are the same to the last bit.
#ifndef ASAP_MODULES_LAYERS_CHECKPOINTING_H_
#define ASAP_MODULES_LAYERS_CHECKPOINTING_H_

#include <ATen/core/TensorBody.h>
#include <torch/nn/module.h>

#include <functional>
#include <memory>
#include <vector>

namespace asap {

using Tensors = std::vector<at::Tensor>;

// run(inputs), where `run` computes with inputs, with `parameters` and with what needs no gradient, and changes nothing. It runs
// once more in the backward pass, under the same autocast and with the same random numbers, so it must own what it captures.
// Gradients of the parameters leave through the graph as without checkpointing: hooks on accumulated gradients fire once. Without
// gradients, or under torch::jit::trace, it is just run(inputs).
at::Tensor Checkpointed(const Tensors& parameters, const Tensors& inputs, const std::function<at::Tensor(const Tensors&)>& run);

// The same for one input and the parameters of a block.
at::Tensor Checkpointed(const torch::nn::Module& block, const at::Tensor& x,
                        const std::function<at::Tensor(const at::Tensor&)>& run);

// module->forward(x), in a checkpoint or not.
template <typename Module>
at::Tensor RunModule(const std::shared_ptr<Module>& module, const at::Tensor& x, bool checkpoint) {
  if (!checkpoint) return module->forward(x);
  return Checkpointed(*module, x, [module](const at::Tensor& in) { return module->forward(in); });
}

}  // namespace asap

#endif  // ASAP_MODULES_LAYERS_CHECKPOINTING_H_
