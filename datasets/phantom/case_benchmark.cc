// Cases per second of one thread, by grid size: what a loader has to wait for.
//
//   ./tools/bazel run -c opt //datasets/phantom:case_benchmark
#include <benchmark/benchmark.h>

#include "datasets/phantom/case.h"

namespace asap::phantom {
namespace {

void BM_Facts(benchmark::State& state) {
  int64_t patient = 0;
  for (auto _ : state) benchmark::DoNotOptimize(MakeFacts({.patient = patient++, .site = &Sites()[0]}).lesions.size());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Facts)->Unit(benchmark::kMicrosecond);

void BM_Render(benchmark::State& state) {
  const Index3 size = {state.range(0), state.range(0), state.range(1)};
  int64_t patient = 0;
  for (auto _ : state) {
    const CaseFacts facts = MakeFacts({.patient = patient, .site = &Sites()[patient % 4]});
    benchmark::DoNotOptimize(Render(facts, size).volume.voxels.data());
    ++patient;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Render)->Args({64, 32})->Args({128, 64})->Args({224, 112})->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace asap::phantom

BENCHMARK_MAIN();
