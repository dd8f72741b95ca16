#include "modules/layers/lean_linear.h"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include "modules/layers/elementwise.h"

namespace asap {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// The type that autocast, if it is on, computes matrix products in.
at::ScalarType ProductType(const at::Tensor& x) {
  const at::DeviceType device = x.device().type();
  return at::autocast::is_autocast_enabled(device) ? at::autocast::get_autocast_dtype(device) : x.scalar_type();
}

class LinearOfGeluFunction : public torch::autograd::Function<LinearOfGeluFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
    const at::Tensor narrow = weight.to(x.scalar_type());
    context->save_for_backward({x, narrow});
    return at::linear(Gelu(x), narrow, bias.to(x.scalar_type()));
  }

  static variable_list backward(AutogradContext* context, variable_list upstream) {
    constexpr int64_t kColumns = 768;
    const variable_list saved = context->get_saved_variables();
    const at::Tensor x = saved[0].flatten(0, -2), weight = saved[1], rows = upstream[0].flatten(0, -2);
    const at::Tensor of_weight = at::empty_like(weight);
    for (int64_t first = 0; first < x.size(1); first += kColumns) {
      const auto piece = [first](const at::Tensor& all) { return all.slice(1, first, first + kColumns); };
      const at::Tensor part = piece(x).contiguous();
      piece(of_weight).copy_(rows.t().mm(Gelu(part)));
      piece(x).copy_(GeluGradient(rows.mm(piece(weight)), part));
    }
    return {saved[0], of_weight, rows.sum(0)};
  }
};

class ManyRowsFunction : public torch::autograd::Function<ManyRowsFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
    context->save_for_backward({x, weight});
    return at::linear(x, weight.to(x.scalar_type()), bias.to(x.scalar_type()));
  }

  static variable_list backward(AutogradContext* context, variable_list upstream) {
    constexpr int64_t kRows = 1024;
    const variable_list saved = context->get_saved_variables();
    const at::Tensor x = saved[0], weight = saved[1], gradient = upstream[0];
    const at::Tensor of_x = gradient.mm(weight.to(x.scalar_type()));
    const at::Tensor of_weight = at::empty_like(weight);
    for (int64_t first = 0; first < weight.size(0); first += kRows) {
      of_weight.slice(0, first, first + kRows).copy_(gradient.slice(1, first, first + kRows).t().mm(x));
    }
    return {of_x, of_weight, gradient.sum(0)};
  }
};

}  // namespace

at::Tensor LinearOfGelu(const Linear& linear, const at::Tensor& x) {
  if (IsTracing()) return linear.forward(Gelu(x));
  return LinearOfGeluFunction::apply(x.to(ProductType(x)), linear.weight, linear.bias);
}

at::Tensor LinearOfManyRows(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  if (IsTracing()) return at::linear(x, weight, bias);
  return ManyRowsFunction::apply(x.to(ProductType(x)), weight, bias);
}

}  // namespace asap
