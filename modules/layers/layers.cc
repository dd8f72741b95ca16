#include "modules/layers/layers.h"

#include <ATen/autocast_mode.h>

#include "modules/layers/elementwise.h"

namespace asap {

Linear::Linear(int64_t in, int64_t out)
    : weight(register_parameter("weight", at::zeros({out, in}))), bias(register_parameter("bias", at::zeros({out}))) {}

at::Tensor Linear::forward(const at::Tensor& x) const { return at::linear(x, weight, bias); }

LayerNorm::LayerNorm(int64_t width, double epsilon)
    : weight(register_parameter("weight", at::ones({width}))),
      bias(register_parameter("bias", at::zeros({width}))),
      epsilon_(epsilon) {}

at::Tensor LayerNorm::forward(const at::Tensor& x) const { return at::layer_norm(x, weight.sizes(), weight, bias, epsilon_); }

FeatureHead::FeatureHead(int64_t in, int64_t width)
    : dense_to_hidden(register_module("dense_to_hidden", std::make_shared<Linear>(in, width))),
      dense_to_output(std::make_shared<Linear>(width, width)),
      norm(register_module("LayerNorm", std::make_shared<LayerNorm>(width, kBertEpsilon))) {
  register_module("dense_to_output", dense_to_output);
}

at::Tensor FeatureHead::forward(const at::Tensor& x) const {
  return dense_to_output->forward(norm->forward(Gelu(dense_to_hidden->forward(x))));
}

std::shared_ptr<torch::nn::Module> RegisterScope(torch::nn::Module& parent, const char* name) {
  return parent.register_module(name, std::make_shared<torch::nn::Module>());
}

AutocastOff::AutocastOff(at::DeviceType device) : device_(device), enabled_(at::autocast::is_autocast_enabled(device)) {
  if (enabled_) at::autocast::set_autocast_enabled(device_, false);
}

AutocastOff::~AutocastOff() {
  if (enabled_) at::autocast::set_autocast_enabled(device_, true);
}

at::Tensor AtLeastFloat(const at::Tensor& x) {
  return x.scalar_type() == at::kHalf || x.scalar_type() == at::kBFloat16 ? x.to(at::kFloat) : x;
}

}  // namespace asap
