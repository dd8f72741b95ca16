// Kernels of our own beside LibTorch's, at the sizes of the published model:
//   bazel run //modules/layers:layers_benchmark -- --benchmark_filter=Attention
#include <ATen/ops/dropout.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <benchmark/benchmark.h>
#include <torch/csrc/autograd/autograd.h>

#include "modules/layers/attention.h"
#include "modules/layers/elementwise.h"

namespace asap {
namespace {

at::Tensor LibTorchAttention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, int64_t heads,
                             double dropout) {
  const auto split = [heads](const at::Tensor& x) { return x.unflatten(-1, {heads, -1}).transpose(1, 2); };
  return at::scaled_dot_product_attention(split(query), split(key), split(value), {}, dropout).transpose(1, 2).flatten(2);
}

// Forward and backward. Arguments: tokens, heads, width of a head, 1 for bfloat16, dropout in percent.
template <bool kOurs>
void Attend(benchmark::State& state) {
  const int64_t tokens = state.range(0), heads = state.range(1), width = heads * state.range(2);
  const at::ScalarType type = state.range(3) != 0 ? at::kBFloat16 : at::kFloat;
  const double dropout = static_cast<double>(state.range(4)) / 100;
  const auto make = [&] { return at::randn({1, tokens, width}).to(type).requires_grad_(true); };
  const at::Tensor q = make(), k = make(), v = make(), upstream = at::randn({1, tokens, width}).to(type);
  for (auto step : state) {
    const at::Tensor out = kOurs ? Attention(q, k, v, heads, {}, dropout) : LibTorchAttention(q, k, v, heads, dropout);
    torch::autograd::grad({out}, {q, k, v}, {upstream});
  }
  const double flops = 12.0 * static_cast<double>(tokens * tokens) * static_cast<double>(width);
  state.counters["flop/s"] = benchmark::Counter(flops * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate,
                                                benchmark::Counter::kIs1000);
}
void BM_AttentionOurs(benchmark::State& state) { Attend<true>(state); }
void BM_AttentionLibTorch(benchmark::State& state) { Attend<false>(state); }

void Shapes(benchmark::internal::Benchmark* benchmark) {
  for (const int64_t bf16 : {0, 1}) {
    benchmark->Args({2745, 16, 48, bf16, 0});  // image decoder
    benchmark->Args({687, 12, 64, bf16, 0});   // image encoder
    benchmark->Args({300, 6, 128, bf16, 10});  // report decoder
  }
  benchmark->Unit(benchmark::kMillisecond);
}
BENCHMARK(BM_AttentionOurs)->Apply(Shapes);
BENCHMARK(BM_AttentionLibTorch)->Apply(Shapes);

// Forward and backward on the hidden layer of the image decoder.
template <typename Function>
void Elementwise(benchmark::State& state, const Function& function) {
  const at::ScalarType type = state.range(0) != 0 ? at::kBFloat16 : at::kFloat;
  const at::Tensor x = at::randn({2745, 3072}).to(type).requires_grad_(true), upstream = at::randn({2745, 3072}).to(type);
  for (auto step : state) torch::autograd::grad({function(x)}, {x}, {upstream});
  state.counters["elements/s"] = benchmark::Counter(static_cast<double>(state.iterations() * x.numel()),
                                                    benchmark::Counter::kIsRate, benchmark::Counter::kIs1000);
}
void BM_DropoutOurs(benchmark::State& state) {
  Elementwise(state, [](const at::Tensor& x) { return Dropout(x, 0.1, true); });
}
void BM_DropoutLibTorch(benchmark::State& state) {
  Elementwise(state, [](const at::Tensor& x) { return at::dropout(x, 0.1, true); });
}
void BM_GeluOurs(benchmark::State& state) {
  Elementwise(state, [](const at::Tensor& x) { return Gelu(x); });
}
void BM_GeluLibTorch(benchmark::State& state) {
  Elementwise(state, [](const at::Tensor& x) { return at::gelu(x); });
}
BENCHMARK(BM_DropoutOurs)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_DropoutLibTorch)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_GeluOurs)->Arg(0)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_GeluLibTorch)->Arg(0)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace asap

BENCHMARK_MAIN();
