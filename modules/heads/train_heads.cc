#include "modules/heads/train_heads.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "core/base/random.h"
#include "core/base/status.h"
#include "core/train/warmup_cosine.h"
#include "modules/heads/head.h"
#include "modules/heads/head_problem.h"
#include "modules/heads/head_step.h"

#ifndef _OPENMP
#error "at::parallel_for would run on one thread: compile with PARALLEL_FOR_COPTS of third_party/libtorch"
#endif

namespace asap {
namespace {

using Layers = std::vector<HeadLayer<float>>;

// Multiplications of an epoch that are worth waking a thread for: about a millisecond.
constexpr int64_t kThreadWork = 16 << 20;

// The targets of a batch, gathered.
struct BatchTargets {
  std::vector<float> labels;
  std::vector<int64_t> classes, events;

  HeadTargets<float> view() const { return {labels.data(), classes.data(), events.data()}; }
};

// A head in training.
struct Trainee {
  HeadStepper<float> head;
  HeadRun run;
  Layers best;
  int64_t evaluations_without_gain = 0;
  bool stopped = false;
  double loss = 0;  // summed over the epoch
};

// What the heads of one thread share: a batch of each feature set in turn.
class EpochRunner {
 public:
  EpochRunner(const CheckedProblem& problem, const HeadTraining& training, int64_t epoch, int64_t first_step, int64_t last_step)
      : problem_(problem),
        training_(training),
        epoch_(epoch),
        first_step_(first_step),
        last_step_(last_step),
        order_(EpochOrder(training.seed, epoch, problem.cases)) {}

  // Takes trainees [begin, end) through the epoch, step by step side by side, so that a batch is fetched once for all of them.
  void Run(std::vector<Trainee>& trainees, int64_t begin, int64_t end) const {
    std::vector<float> x(training_.batch * problem_.inputs);
    BatchTargets targets;
    for (int64_t step = first_step_; step < last_step_; ++step) {
      const int64_t from = (step - first_step_) * training_.batch;
      const int64_t rows = std::min(training_.batch, problem_.cases - from);
      const int64_t* cases = &order_[from];
      GatherTargets(cases, rows, targets);
      const double factor = WarmupCosine(step, training_.warmup, training_.steps);
      const uint64_t dropout_key = CounterRng(training_.seed, "head dropout", step).Next();
      int64_t fetched = -1;
      for (int64_t i = begin; i < end; ++i) {
        Trainee& trainee = trainees[i];
        if (trainee.stopped) continue;
        const HeadCandidate& candidate = trainee.run.candidate;
        if (candidate.features != fetched) Gather(candidate.features, cases, rows, x.data());
        fetched = candidate.features;
        const HeadStep taken = trainee.head.Step(
            x.data(), rows, targets.view(),
            {.learning_rate = candidate.learning_rate * factor, .weight_decay = candidate.weight_decay}, dropout_key);
        trainee.loss += taken.loss;
      }
    }
  }

 private:
  void Gather(int64_t set, const int64_t* cases, int64_t rows, float* x) const {
    const std::vector<const float*>& views = problem_.views[set];
    const int64_t count = static_cast<int64_t>(views.size()), width = problem_.inputs;
    for (int64_t b = 0; b < rows; ++b) {
      const int64_t view = count == 1 ? 0
                           : training_.views == ViewOrder::kByEpoch
                               ? epoch_ % count
                               : CounterRng(training_.seed, "head view", epoch_, cases[b]).UniformInt(0, count - 1);
      std::memcpy(x + b * width, views[view] + cases[b] * width, width * sizeof(float));
    }
  }

  void GatherTargets(const int64_t* cases, int64_t rows, BatchTargets& targets) const {
    const int64_t columns = problem_.label_columns;
    targets.labels.resize(rows * columns);
    targets.classes.resize(problem_.classes == nullptr ? 0 : rows);
    targets.events.resize(problem_.events == nullptr ? 0 : rows);
    for (int64_t b = 0; b < rows; ++b) {
      std::copy_n(problem_.labels + cases[b] * columns, columns, &targets.labels[b * columns]);
      if (problem_.classes != nullptr) targets.classes[b] = problem_.classes[cases[b]];
      if (problem_.events != nullptr) targets.events[b] = problem_.events[cases[b]];
    }
  }

  const CheckedProblem& problem_;
  const HeadTraining& training_;
  int64_t epoch_, first_step_, last_step_;
  std::vector<int64_t> order_;
};

// Scores the validation cases, and remembers the weights if they are the best so far.
void Evaluate(const CheckedProblem& problem, const HeadProblem& given, const HeadTraining& training, Trainee& trainee,
              HeadEpoch& epoch) {
  const at::Tensor& features = problem.validation[trainee.run.candidate.features];
  at::Tensor logits = at::empty({features.size(0), given.head.outputs}, at::kFloat);
  trainee.head.Project(features.const_data_ptr<float>(), features.size(0), logits.mutable_data_ptr<float>());
  epoch.evaluated = true;
  epoch.score = given.validation_score(logits);
  if (epoch.score.has_value() && std::isnan(*epoch.score)) epoch.score.reset();
  const std::optional<double>& best = trainee.run.best_score;
  const bool better =
      epoch.score.has_value() && (!best.has_value() || *epoch.score > *best || (training.ties_win && *epoch.score == *best));
  trainee.evaluations_without_gain = better ? 0 : trainee.evaluations_without_gain + 1;
  if (!better) return;
  trainee.run.best_score = epoch.score;
  trainee.run.best_epoch = epoch.epoch;
  trainee.best = trainee.head.layers();
}

bool Evaluates(const HeadTraining& training, int64_t epoch, bool last) {
  if (last && !training.runs_past_steps) return true;
  return training.start_epoch_counts ? epoch >= training.start_epoch : epoch > training.start_epoch;
}

}  // namespace

std::vector<int64_t> EpochOrder(uint64_t seed, int64_t epoch, int64_t cases) {
  std::vector<int64_t> order(cases);
  std::iota(order.begin(), order.end(), int64_t{0});
  CounterRng rng(seed, "head batches", epoch);
  for (int64_t i = cases - 1; i > 0; --i) std::swap(order[i], order[rng.UniformInt(0, i)]);
  return order;
}

absl::StatusOr<std::vector<HeadRun>> TrainHeads(const HeadProblem& problem, const HeadTraining& training,
                                                const std::vector<HeadCandidate>& candidates) {
  ASAP_ASSIGN_OR_RETURN(CheckedProblem checked, CheckedProblem::Of(problem, training, candidates));
  std::vector<Trainee> trainees;
  for (const HeadCandidate& candidate : candidates) {
    trainees.push_back({.head = HeadStepper<float>(problem.head, StartingLayers<float>(problem.head, training.seed)),
                        .run = {.candidate = candidate}});
  }
  const int64_t epoch_steps = (checked.cases + training.batch - 1) / training.batch;
  const int64_t count = static_cast<int64_t>(trainees.size());
  const int64_t head_work = checked.cases * problem.head.inputs * std::max(problem.head.hidden, problem.head.outputs);
  const int64_t grain = std::max<int64_t>(1, kThreadWork / head_work);
  int64_t steps = 0;
  bool running = true;
  for (int64_t epoch = 1; running; ++epoch) {
    ASAP_RETURN_IF_ERROR(checked.BeginEpoch(problem, epoch - 1));
    const int64_t last_step = training.runs_past_steps ? steps + epoch_steps : std::min(steps + epoch_steps, training.steps);
    const EpochRunner runner(checked, training, epoch - 1, steps, last_step);
    // Several heads share the threads, where an epoch is worth it; one alone splits its own matrices where they are large.
    if (count == 1) {
      runner.Run(trainees, 0, 1);
    } else {
      at::parallel_for(0, count, grain, [&](int64_t begin, int64_t end) { runner.Run(trainees, begin, end); });
    }
    const int64_t taken = last_step - steps;
    steps = last_step;
    const bool at_end = training.runs_past_steps ? steps % training.steps == 0 : steps == training.steps;
    running = false;
    for (Trainee& trainee : trainees) {
      if (trainee.stopped) continue;
      HeadEpoch record = {.epoch = epoch, .steps = steps, .loss = trainee.loss / static_cast<double>(taken)};
      trainee.loss = 0;
      if (!std::isfinite(record.loss)) {
        return absl::InvalidArgumentError(absl::StrCat("the loss of a head is not finite in epoch ", epoch, " at learning rate ",
                                                       trainee.run.candidate.learning_rate,
                                                       ": lower the rate, or look for features of huge magnitude"));
      }
      if (Evaluates(training, epoch, at_end)) Evaluate(checked, problem, training, trainee, record);
      trainee.run.epochs.push_back(record);
      trainee.run.steps = steps;
      trainee.stopped = at_end || trainee.evaluations_without_gain >= training.patience;
      trainee.run.stop = at_end ? HeadStop::kSteps : HeadStop::kPatience;
      running = running || !trainee.stopped;
    }
  }
  std::vector<HeadRun> runs;
  for (Trainee& trainee : trainees) {
    trainee.run.weights = TensorsOf(problem.head, trainee.run.best_epoch > 0 ? trainee.best : trainee.head.layers());
    runs.push_back(std::move(trainee.run));
  }
  return runs;
}

absl::StatusOr<HeadRun> TrainHead(const HeadProblem& problem, const HeadTraining& training, const HeadCandidate& candidate) {
  ASAP_ASSIGN_OR_RETURN(std::vector<HeadRun> runs, TrainHeads(problem, training, {candidate}));
  return std::move(runs.front());
}

}  // namespace asap
