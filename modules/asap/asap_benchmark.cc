// Time and memory of one training step, forward and backward, on whatever cores there are:
//   bazel run //modules/asap:asap_benchmark -- --benchmark_filter=Demo
#include <ATen/TensorOperators.h>
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include "modules/asap/asap.h"
#include "modules/pretraining/testing/synthetic_batch.h"

namespace asap {
namespace {

double PeakGigabytes() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / (1 << 20);
}

void Step(benchmark::State& state, const AsapConfig& config) {
  auto model = AsapModel::Create(config);
  if (!model.ok()) return state.SkipWithError(model.status().ToString().c_str());
  const Batch batch = SyntheticBatch(
      (*model)->encoder_spec(),
      {.cases = state.range(0), .text_length = config.text_length, .vocabulary = config.text.vocabulary, .sentences = {12}});
  const NamedTensors parameters = (*model)->Parameters();
  for (auto step : state) {
    const auto terms = (*model)->Forward(batch);
    if (!terms.ok()) return state.SkipWithError(terms.status().ToString().c_str());
    at::Tensor total = terms->at(0).value;
    for (size_t i = 1; i < terms->size(); ++i) total = total + terms->at(i).value;
    total.backward();
    for (const NamedTensor& parameter : parameters) parameter.tensor.mutable_grad().reset();
  }
  state.counters["cases/s"] =
      benchmark::Counter(static_cast<double>(state.iterations() * state.range(0)), benchmark::Counter::kIsRate);
  state.counters["peak_GB"] = PeakGigabytes();
}

void BM_StepDemo(benchmark::State& state) { Step(state, AsapConfig::Demo()); }
BENCHMARK(BM_StepDemo)->Arg(1)->Arg(8)->Unit(benchmark::kMillisecond)->UseRealTime();

void BM_StepDemoUpstreamCompat(benchmark::State& state) { Step(state, AsapConfig::Demo().UpstreamCompat()); }
BENCHMARK(BM_StepDemoUpstreamCompat)->Arg(8)->Unit(benchmark::kMillisecond)->UseRealTime();

void BM_StepVitB(benchmark::State& state) { Step(state, AsapConfig::VitB()); }
BENCHMARK(BM_StepVitB)->Arg(1)->Iterations(1)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace asap

BENCHMARK_MAIN();
