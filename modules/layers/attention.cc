#include "modules/layers/attention.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "modules/layers/attention_kernel.h"
#include "modules/layers/elementwise.h"

namespace asap {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class AttentionFunction : public torch::autograd::Function<AttentionFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                            const std::optional<at::Tensor>& bias, int64_t heads, double dropout, int64_t seed) {
    const AttentionInputs in = {query, key, value, heads, bias.value_or(at::Tensor()), dropout, static_cast<uint64_t>(seed)};
    const AttentionOutputs out = AttentionForward(in);
    context->save_for_backward({query, key, value, in.bias, out.context, out.maximum, out.inverse_sum});
    context->saved_data["heads"] = heads;
    context->saved_data["dropout"] = dropout;
    context->saved_data["seed"] = seed;
    return out.context;
  }

  static variable_list backward(AutogradContext* context, variable_list upstream) {
    const variable_list saved = context->get_saved_variables();
    const AttentionInputs in = {saved[0],
                                saved[1],
                                saved[2],
                                context->saved_data["heads"].toInt(),
                                saved[3],
                                context->saved_data["dropout"].toDouble(),
                                static_cast<uint64_t>(context->saved_data["seed"].toInt())};
    const AttentionGradients gradients =
        AttentionBackward(in, {saved[4], saved[5], saved[6]}, upstream[0].to(in.query.scalar_type()).contiguous());
    return {gradients.query, gradients.key, gradients.value, {}, {}, {}, {}};
  }
};

// Whether the kernel of attention_kernel.h takes these.
bool IsOurs(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, int64_t heads, const at::Tensor& bias) {
  const auto fits = [&](const at::Tensor& x) {
    return x.is_cpu() && x.scalar_type() == query.scalar_type() && x.dim() == 3 && x.stride(2) == 1 && x.size(1) > 0;
  };
  return fits(query) && fits(key) && fits(value) && HasAttentionKernel(query.scalar_type()) && (query.size(2) / heads) % 2 == 0 &&
         query.size(1) * key.size(1) < (int64_t{1} << 32) && !(bias.defined() && bias.requires_grad()) && !IsTracing();
}

}  // namespace

double Lowest(at::ScalarType type) {
  if (type == at::kDouble) return std::numeric_limits<double>::lowest();
  if (type == at::kBFloat16) return static_cast<float>(std::numeric_limits<c10::BFloat16>::lowest());
  if (type == at::kHalf) return static_cast<float>(std::numeric_limits<c10::Half>::lowest());
  return std::numeric_limits<float>::lowest();
}

at::Tensor Attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, int64_t heads,
                     const at::Tensor& bias, double dropout) {
  if (IsOurs(query, key, value, heads, bias)) {
    std::optional<at::Tensor> added;
    if (bias.defined()) added = bias.to(at::kFloat).contiguous();
    const int64_t seed = dropout > 0 ? static_cast<int64_t>(DrawSeed()) : 0;
    return AttentionFunction::apply(query, key, value, added, heads, dropout, seed);
  }
  const auto split = [heads](const at::Tensor& x) { return x.unflatten(-1, {heads, -1}).transpose(1, 2); };
  const at::Tensor q = split(query), k = split(key), v = split(value);
  std::optional<at::Tensor> mask;
  if (bias.defined()) {
    at::Tensor added = bias;
    // Under autocast queries are of a narrower range than the bias, whose lowest number would become -infinity.
    if (bias.scalar_type() != q.scalar_type())
      added = bias.clamp_min(std::max(Lowest(bias.scalar_type()), Lowest(q.scalar_type()))).to(q.scalar_type());
    mask = added.expand({q.size(0), -1, q.size(2), k.size(2)});
  }
  return at::scaled_dot_product_attention(q, k, v, mask, dropout).transpose(1, 2).flatten(2);
}

at::Tensor PaddingBias(const at::Tensor& attention, at::ScalarType type) {
  const at::Tensor zeros = at::zeros(attention.sizes(), attention.options().dtype(type));
  return zeros.masked_fill(attention == 0, Lowest(type)).unsqueeze(1).unsqueeze(1);
}

}  // namespace asap
