#include "modules/layers/checkpointing.h"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <vector>

#include "modules/layers/elementwise.h"

namespace asap {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// How one run goes: the autocast of a device type and the state of the device's random numbers.
struct Surroundings {
  at::DeviceType device;
  bool autocast;
  at::ScalarType type;
  at::Tensor random;
};

at::Tensor RandomState(at::Generator generator) {
  const std::lock_guard<std::mutex> lock(generator.mutex());
  return generator.get_state();
}

void SetRandomState(at::Generator generator, const at::Tensor& state) {
  const std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_state(state);
}

// Puts autocast back as it was. The cache of casted weights is off within: a block uses each weight once, and what the first run
// cached would belong to no graph.
class AutocastScope {
 public:
  explicit AutocastScope(const Surroundings& wanted)
      : device_(wanted.device),
        enabled_(at::autocast::is_autocast_enabled(device_)),
        type_(at::autocast::get_autocast_dtype(device_)),
        cache_(at::autocast::is_autocast_cache_enabled()) {
    Set(wanted.autocast, wanted.type, false);
  }
  ~AutocastScope() { Set(enabled_, type_, cache_); }
  AutocastScope(const AutocastScope&) = delete;
  AutocastScope& operator=(const AutocastScope&) = delete;

 private:
  void Set(bool enabled, at::ScalarType type, bool cache) const {
    at::autocast::set_autocast_enabled(device_, enabled);
    at::autocast::set_autocast_dtype(device_, type);
    at::autocast::set_autocast_cache_enabled(cache);
  }

  at::DeviceType device_;
  bool enabled_;
  at::ScalarType type_;
  bool cache_;
};

struct Block : torch::CustomClassHolder {
  std::function<at::Tensor(const Tensors&)> run;
  size_t inputs;
  Surroundings surroundings;
};

class CheckpointFunction : public torch::autograd::Function<CheckpointFunction> {
 public:
  // `tensors`: the inputs, then the parameters.
  static at::Tensor forward(AutogradContext* context, const c10::intrusive_ptr<Block>& block, at::TensorList tensors) {
    context->save_for_backward(tensors.vec());
    context->saved_data["block"] = c10::IValue::make_capsule(block);
    const AutocastScope autocast(block->surroundings);
    return block->run({tensors.begin(), tensors.begin() + block->inputs});
  }

  static variable_list backward(AutogradContext* context, variable_list upstream) {
    const auto capsule = context->saved_data["block"].toCapsule();
    const auto* block = static_cast<const Block*>(capsule.get());
    const Surroundings& surroundings = block->surroundings;
    variable_list tensors = context->get_saved_variables();
    Tensors inputs;
    for (size_t i = 0; i < block->inputs; ++i) {
      inputs.push_back(tensors[i].detach().requires_grad_(tensors[i].requires_grad()));
      tensors[i] = inputs[i];
    }

    at::Tensor output;
    const at::Generator generator = at::globalContext().defaultGenerator({surroundings.device});
    const at::Tensor now = RandomState(generator);
    SetRandomState(generator, surroundings.random);
    try {
      const at::AutoGradMode with_graph(true);
      const AutocastScope autocast(surroundings);
      output = block->run(inputs);
    } catch (...) {
      SetRandomState(generator, now);
      throw;
    }
    SetRandomState(generator, now);

    output.set_data(at::empty({0}, output.options()));  // its graph is wanted, its values are not
    variable_list wanted;
    for (const at::Tensor& tensor : tensors) {
      if (tensor.requires_grad()) wanted.push_back(tensor);
    }
    const variable_list found = torch::autograd::grad({output}, wanted, {upstream[0]}, /*retain_graph=*/false,
                                                      /*create_graph=*/false, /*allow_unused=*/true);
    variable_list gradients(1);  // none of the block itself
    auto next = found.begin();
    for (const at::Tensor& tensor : tensors) gradients.push_back(tensor.requires_grad() ? *next++ : at::Tensor());
    return gradients;
  }
};

}  // namespace

at::Tensor Checkpointed(const Tensors& parameters, const Tensors& inputs, const std::function<at::Tensor(const Tensors&)>& run) {
  if (!at::GradMode::is_enabled() || IsTracing()) return run(inputs);
  Tensors tensors = inputs;
  for (const at::Tensor& parameter : parameters) {
    if (parameter.requires_grad()) tensors.push_back(parameter);
  }
  if (std::none_of(tensors.begin(), tensors.end(), [](const at::Tensor& x) { return x.requires_grad(); })) return run(inputs);
  const c10::Device device = inputs[0].device();
  auto held = c10::make_intrusive<Block>();
  held->run = run;
  held->inputs = inputs.size();
  held->surroundings = {device.type(), at::autocast::is_autocast_enabled(device.type()),
                        at::autocast::get_autocast_dtype(device.type()),
                        RandomState(at::globalContext().defaultGenerator(device))};
  return CheckpointFunction::apply(held, at::TensorList(tensors));
}

at::Tensor Checkpointed(const torch::nn::Module& block, const at::Tensor& x,
                        const std::function<at::Tensor(const at::Tensor&)>& run) {
  return Checkpointed(block.parameters(), {x}, [run](const Tensors& inputs) { return run(inputs[0]); });
}

}  // namespace asap
