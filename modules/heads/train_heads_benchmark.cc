// What training heads costs. CPU time of the whole training is the figure: ./train_heads_benchmark --benchmark_filter=CtRate
#include <ATen/TensorOperators.h>
#include <ATen/ops/randn.h>
#include <benchmark/benchmark.h>

#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "core/metrics/auroc.h"
#include "modules/heads/head_sweep.h"
#include "modules/heads/train_heads.h"

namespace asap {
namespace {

struct Size {
  int64_t train, validation, width, labels;
};

// Labels that depend on the features, so that training does what it does on real ones.
at::Tensor LabelsOf(const at::Tensor& features, const at::Tensor& directions) {
  return (features.mm(directions) + 10 * at::randn({features.size(0), directions.size(1)})).gt(20).to(at::kFloat);
}

std::function<std::optional<double>(const at::Tensor&)> MeanAuroc(const at::Tensor& labels) {
  const int64_t cases = labels.size(0), columns = labels.size(1);
  auto positive = std::make_shared<std::vector<std::unique_ptr<bool[]>>>();
  for (int64_t k = 0; k < columns; ++k) {
    positive->push_back(std::make_unique<bool[]>(cases));
    for (int64_t b = 0; b < cases; ++b) (*positive)[k][b] = labels.const_data_ptr<float>()[b * columns + k] > 0;
  }
  return [=](const at::Tensor& logits) -> std::optional<double> {
    double sum = 0;
    std::vector<double> scores(cases);
    for (int64_t k = 0; k < columns; ++k) {
      for (int64_t b = 0; b < cases; ++b) scores[b] = logits.const_data_ptr<float>()[b * columns + k];
      sum += Auroc(scores, absl::MakeConstSpan((*positive)[k].get(), cases)).value_or(0.5);
    }
    return sum / static_cast<double>(columns);
  };
}

HeadProblem ProblemOf(const Size& size) {
  const at::Tensor train = at::randn({size.train, size.width}), validation = at::randn({size.validation, size.width});
  const at::Tensor directions = at::randn({size.width, size.labels});
  const at::Tensor truth = LabelsOf(validation, directions);
  return {.head = LinearHead(HeadLoss::kBinary, size.width, size.labels),
          .features = {{"mean", train, validation}},
          .labels = LabelsOf(train, directions),
          .validation_score = MeanAuroc(truth)};
}

void Train(benchmark::State& state, const HeadProblem& problem, HeadTraining training, int64_t heads) {
  training.patience = 1 << 30;
  std::vector<HeadCandidate> candidates;
  for (int64_t i = 0; i < heads; ++i) candidates.push_back({.learning_rate = 5e-3 / static_cast<double>(1 + i)});
  for (auto _ : state) {
    const auto runs = TrainHeads(problem, training, candidates);
    if (!runs.ok()) return state.SkipWithError(std::string(runs.status().message()).c_str());
    state.counters["score"] = (*runs)[BestHead(*runs)].best_score.value_or(0);
  }
  state.counters["steps/s"] =
      benchmark::Counter(static_cast<double>(training.steps), benchmark::Counter::kIsIterationInvariantRate);
}

// The published settings of CT-RATE at 100 %: all 100 000 steps, 271 epochs, each evaluated.
void BM_CtRate(benchmark::State& state) {
  Train(state, ProblemOf({47143, 3039, 768, 18}), {.batch = 128, .steps = 100'000, .warmup = 1800, .start_epoch = 20},
        state.range(0));
}
BENCHMARK(BM_CtRate)->Arg(1)->Arg(6)->Iterations(1)->Unit(benchmark::kSecond)->MeasureProcessCPUTime()->UseRealTime();

// A small cohort, where all is overhead: STOIC at 1 %.
void BM_Small(benchmark::State& state) {
  Train(state, ProblemOf({16, 400, 768, 1}), {.batch = 16, .steps = 100, .warmup = 20, .start_epoch = 5}, state.range(0));
}
BENCHMARK(BM_Small)->Arg(1)->Arg(6)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();

// Ten epochs of INSPECT's survival head at 100 %.
void BM_InspectSurvival(benchmark::State& state) {
  HeadProblem problem = ProblemOf({18945, 1088, 768, 3});
  problem.head = SurvivalHead(768, 3, /*as_published=*/true);
  problem.interval = at::randn({18945}).gt(0).to(at::kLong);
  problem.event = at::randn({18945}).gt(0).to(at::kLong);
  Train(state, problem, {.batch = 128, .steps = 1490, .warmup = 600}, state.range(0));
}
BENCHMARK(BM_InspectSurvival)->Arg(1)->Iterations(1)->Unit(benchmark::kSecond)->MeasureProcessCPUTime()->UseRealTime();

}  // namespace
}  // namespace asap

BENCHMARK_MAIN();
