#include "modules/layers/elementwise.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/jit/frontend/tracer.h>

#include <algorithm>
#include <mutex>

#include "modules/layers/kernels/loops.h"

#ifndef INTRA_OP_PARALLEL
#error "at::parallel_for would run on one thread: compile with PARALLEL_FOR_COPTS of third_party/libtorch"
#endif

namespace asap {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t kGrain = 16384;  // elements that are worth a thread

bool IsOurs(const at::Tensor& x) {
  return x.is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16) && !IsTracing();
}

DropoutKey KeyOf(uint64_t seed, double probability) {
  return {.low = static_cast<uint32_t>(seed),
          .high = static_cast<uint32_t>(seed >> 32),
          .threshold = static_cast<uint32_t>(std::min(probability * 4294967296.0, 4294967295.0)),
          .scale = static_cast<float>(1 / (1 - probability))};
}

at::Tensor Drop(const at::Tensor& x, const DropoutKey& key) {
  const at::Tensor in = x.contiguous();
  at::Tensor out = at::empty_like(in);
  at::parallel_for(0, in.numel(), kGrain, [&](int64_t begin, int64_t end) {
    const Loops& loops = BestLoops();
    if (in.scalar_type() == at::kFloat) {
      float* row = out.data_ptr<float>() + begin;
      std::copy_n(in.const_data_ptr<float>() + begin, end - begin, row);
      loops.drop(row, end - begin, key, static_cast<uint32_t>(begin));
    } else {
      loops.drop_bf16(reinterpret_cast<const uint16_t*>(in.const_data_ptr<at::BFloat16>()) + begin,
                      reinterpret_cast<uint16_t*>(out.data_ptr<at::BFloat16>()) + begin, end - begin, key,
                      static_cast<uint32_t>(begin));
    }
  });
  return out;
}

class DropoutFunction : public torch::autograd::Function<DropoutFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, int64_t seed, double probability) {
    context->saved_data["seed"] = seed;
    context->saved_data["probability"] = probability;
    return Drop(x, KeyOf(static_cast<uint64_t>(seed), probability));
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto seed = static_cast<uint64_t>(context->saved_data["seed"].toInt());
    return {Drop(gradients[0], KeyOf(seed, context->saved_data["probability"].toDouble())), at::Tensor(), at::Tensor()};
  }
};

class GeluFunction : public torch::autograd::Function<GeluFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input) {
    const at::Tensor x = input.contiguous();
    context->save_for_backward({x});
    at::Tensor y = at::empty_like(x);
    at::parallel_for(0, x.numel(), kGrain, [&](int64_t begin, int64_t end) {
      BestLoops().gelu(x.const_data_ptr<float>() + begin, y.data_ptr<float>() + begin, end - begin);
    });
    return y;
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    return {Gradient(gradients[0].contiguous(), context->get_saved_variables()[0])};
  }

  static at::Tensor Gradient(const at::Tensor& gradient, const at::Tensor& x) {
    at::Tensor out = at::empty_like(x);
    at::parallel_for(0, x.numel(), kGrain, [&](int64_t begin, int64_t end) {
      BestLoops().gelu_gradient(gradient.const_data_ptr<float>() + begin, x.const_data_ptr<float>() + begin,
                                out.data_ptr<float>() + begin, end - begin);
    });
    return out;
  }
};

}  // namespace

bool IsTracing() { return torch::jit::tracer::isTracing(); }

uint64_t DrawSeed() {
  at::Generator generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard<std::mutex> lock(generator.mutex());
  return at::check_generator<at::CPUGeneratorImpl>(generator)->random64();
}

at::Tensor Dropout(const at::Tensor& x, double probability, bool training) {
  if (!training || probability == 0) return x;
  if (!IsOurs(x)) return at::dropout(x, probability, training);
  return DropoutFunction::apply(x, static_cast<int64_t>(DrawSeed()), probability);
}

at::Tensor Gelu(const at::Tensor& x) {
  if (!IsOurs(x) || x.scalar_type() != at::kFloat) return at::gelu(x);
  return GeluFunction::apply(x);
}

at::Tensor GeluGradient(const at::Tensor& gradient, const at::Tensor& x) {
  if (!IsOurs(x) || x.scalar_type() != at::kFloat) return at::gelu_backward(gradient, x);
  return GeluFunction::Gradient(gradient, x);
}

}  // namespace asap
