#include "modules/heads/train_heads.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/match.h"
#include "core/base/random.h"
#include "core/train/warmup_cosine.h"
#include "modules/heads/head.h"
#include "modules/heads/head_step.h"
#include "modules/heads/head_sweep.h"

namespace asap {
namespace {

constexpr int64_t kTrain = 50, kValidation = 30, kWidth = 20;

at::Tensor Normal(uint64_t seed, at::IntArrayRef shape) {
  at::Tensor tensor = at::zeros(shape, at::kFloat);
  CounterRng rng(seed);
  for (int64_t i = 0; i < tensor.numel(); ++i) tensor.mutable_data_ptr<float>()[i] = static_cast<float>(rng.Normal());
  return tensor;
}

// Labels that the first features tell.
at::Tensor LabelsOf(const at::Tensor& features, int64_t outputs) { return features.slice(1, 0, outputs).gt(0).to(at::kFloat); }

// Minus the mean error of the scores' signs: the better the higher.
std::function<std::optional<double>(const at::Tensor&)> Agreement(const at::Tensor& labels) {
  return [labels](const at::Tensor& logits) -> std::optional<double> {
    return logits.gt(0).to(at::kFloat).eq(labels).to(at::kDouble).mean().item<double>();
  };
}

HeadProblem MakeProblem(int64_t outputs = 3) {
  const at::Tensor train = Normal(1, {kTrain, kWidth}), validation = Normal(2, {kValidation, kWidth});
  return {.head = LinearHead(HeadLoss::kBinary, kWidth, outputs),
          .features = {{"mean", train, validation}},
          .labels = LabelsOf(train, outputs),
          .validation_score = Agreement(LabelsOf(validation, outputs))};
}

HeadProblem MakeSurvivalProblem() {
  HeadProblem problem = MakeProblem();
  problem.head = SurvivalHead(kWidth, 3, /*as_published=*/true);
  problem.interval = Normal(3, {kTrain}).gt(0).to(at::kLong) + Normal(4, {kTrain}).gt(0).to(at::kLong);
  problem.event = Normal(5, {kTrain}).gt(0).to(at::kLong);
  return problem;
}

constexpr HeadTraining kShort = {.batch = 16, .steps = 40, .warmup = 4, .patience = 100, .start_epoch = 0, .seed = 7};

std::vector<HeadRun> Train(const HeadProblem& problem, const HeadTraining& training,
                           const std::vector<HeadCandidate>& candidates) {
  auto runs = TrainHeads(problem, training, candidates);
  EXPECT_TRUE(runs.ok()) << runs.status();
  return runs.ok() ? *std::move(runs) : std::vector<HeadRun>(candidates.size());
}

void ExpectSameRun(const HeadRun& a, const HeadRun& b) {
  ASSERT_EQ(a.weights.size(), b.weights.size());
  for (size_t i = 0; i < a.weights.size(); ++i) EXPECT_TRUE(at::equal(a.weights[i].tensor, b.weights[i].tensor));
  EXPECT_EQ(a.best_epoch, b.best_epoch);
  EXPECT_EQ(a.best_score, b.best_score);
  EXPECT_EQ(a.steps, b.steps);
  EXPECT_EQ(a.stop, b.stop);
  ASSERT_EQ(a.epochs.size(), b.epochs.size());
  for (size_t i = 0; i < a.epochs.size(); ++i) EXPECT_EQ(a.epochs[i].loss, b.epochs[i].loss);
}

TEST(TrainHeadsTest, EqualsTheLoopWrittenOut) {
  const HeadProblem problem = MakeProblem();
  const HeadRun run = Train(problem, kShort, {{.learning_rate = 0.05, .weight_decay = 0.1}})[0];
  EXPECT_EQ(run.steps, 40);  // 10 epochs of 4 steps, the last batch of 2 cases
  ASSERT_EQ(run.epochs.size(), 10u);
  EXPECT_LT(run.epochs.back().loss, 0.6 * run.epochs.front().loss);
  EXPECT_GT(*run.best_score, 0.75);

  HeadStepper<float> head(problem.head, StartingLayers<float>(problem.head, 7));
  int64_t step = 0;
  for (int64_t epoch = 0; epoch < run.best_epoch; ++epoch) {
    const std::vector<int64_t> order = EpochOrder(7, epoch, kTrain);
    for (int64_t from = 0; from < kTrain; from += 16, ++step) {
      const int64_t rows = std::min<int64_t>(16, kTrain - from);
      std::vector<float> x, y;
      for (int64_t b = 0; b < rows; ++b) {
        for (int64_t c = 0; c < kWidth; ++c) x.push_back(problem.features[0].train[order[from + b]][c].item<float>());
        for (int64_t k = 0; k < 3; ++k) y.push_back(problem.labels[order[from + b]][k].item<float>());
      }
      head.Step(x.data(), rows, {.labels = y.data()}, {.learning_rate = 0.05 * WarmupCosine(step, 4, 40), .weight_decay = 0.1},
                0);
    }
  }
  const NamedTensors expected = TensorsOf(problem.head, head.layers());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(run.weights[i].name, expected[i].name);
    EXPECT_TRUE(at::equal(run.weights[i].tensor, expected[i].tensor));
  }
  EXPECT_EQ(Agreement(LabelsOf(problem.features[0].validation, 3))(
                *HeadLogits(problem.head, run.weights, problem.features[0].validation)),
            run.best_score);
}

TEST(TrainHeadsTest, ASweepEqualsItsHeadsTrainedAlone) {
  for (HeadProblem problem : {MakeProblem(), MakeProblem(1), MakeSurvivalProblem()}) {
    problem.features.push_back({"class token", Normal(8, {2, kTrain, kWidth}), Normal(9, {kValidation, kWidth})});
    HeadTraining training = kShort;
    training.patience = 3;
    std::vector<HeadCandidate> candidates = HeadGrid(2, {.learning_rates = {0.003, 0.3}, .weight_decays = {0, 0.1}});
    std::swap(candidates[1], candidates[5]);  // sets side by side, and not
    const std::vector<HeadRun> together = Train(problem, training, candidates);
    std::set<int64_t> lengths;
    for (size_t i = 0; i < candidates.size(); ++i) {
      ExpectSameRun(together[i], Train(problem, training, {candidates[i]})[0]);
      lengths.insert(together[i].steps);
    }
    EXPECT_GT(lengths.size(), 1u);  // each stops when it should
    const size_t best = BestHead(together);
    for (const HeadRun& run : together) EXPECT_GE(together[best].best_score, run.best_score);
  }
}

TEST(TrainHeadsTest, ThreadsDoNotChangeABit) {
  HeadProblem wide = MakeSurvivalProblem();  // wide enough that one step is split
  wide.head = SurvivalHead(600, 3, /*as_published=*/true);
  wide.features = {{"mean", Normal(1, {kTrain, 600}), Normal(2, {kValidation, 600})}};
  HeadTraining training = kShort;
  training.batch = 50;
  training.steps = 4;
  training.warmup = 0;
  const int threads = at::get_num_threads();
  for (const HeadProblem& problem : {MakeProblem(), wide}) {
    for (const std::vector<HeadCandidate>& candidates : {HeadGrid(1, {{0.1}, {0}}), HeadGrid(1, {{0.1, 0.01, 0.003}, {0}})}) {
      at::set_num_threads(1);
      const std::vector<HeadRun> one = Train(problem, training, candidates);
      at::set_num_threads(2);
      const std::vector<HeadRun> two = Train(problem, training, candidates);
      for (size_t i = 0; i < one.size(); ++i) ExpectSameRun(one[i], two[i]);
    }
  }
  at::set_num_threads(threads);
}

// A score for each evaluation, in turn; the last one from then on.
std::function<std::optional<double>(const at::Tensor&)> Scores(std::vector<std::optional<double>> scores) {
  auto next = std::make_shared<size_t>(0);
  return [=](const at::Tensor&) { return scores[std::min((*next)++, scores.size() - 1)]; };
}

HeadRun RunWith(const std::vector<std::optional<double>>& scores, const HeadTraining& training) {
  HeadProblem problem = MakeProblem();
  problem.validation_score = Scores(scores);
  return Train(problem, training, {{.learning_rate = 0.01}})[0];
}

TEST(TrainHeadsTest, PatienceCountsEvaluationsWithoutABetterScore) {
  HeadTraining training = kShort;
  training.patience = 3;
  training.steps = 1000;
  const HeadRun run = RunWith({0.5, 0.7, 0.6, std::nullopt, 0.7}, training);
  EXPECT_EQ(run.stop, HeadStop::kPatience);
  EXPECT_EQ(run.best_epoch, 2);
  EXPECT_EQ(run.epochs.size(), 5u);
  training.ties_win = true;  // the fifth is as good, and patience begins again
  EXPECT_EQ(RunWith({0.5, 0.7, 0.6, std::nullopt, 0.7, 0.1}, training).best_epoch, 5);
  EXPECT_EQ(RunWith({0.5, 0.7, 0.6, std::nullopt, 0.7, 0.1}, training).epochs.size(), 8u);
}

TEST(TrainHeadsTest, EvaluationBeginsAfterOrAtTheStartEpoch) {
  HeadTraining training = kShort;
  training.start_epoch = 3;
  EXPECT_EQ(RunWith({0.9, 0.1}, training).best_epoch, 4);
  training.start_epoch_counts = true;
  EXPECT_EQ(RunWith({0.9, 0.1}, training).best_epoch, 3);
  training.start_epoch = 100;  // the last weights are evaluated all the same
  EXPECT_EQ(RunWith({0.9}, training).best_epoch, 10);
  training.runs_past_steps = true;  // the published code has nothing to select from
  const HeadRun run = RunWith({0.9}, training);
  EXPECT_EQ(run.best_epoch, 0);
  EXPECT_FALSE(run.best_score.has_value());
  EXPECT_EQ(run.weights.size(), 2u);
}

TEST(TrainHeadsTest, StopsAtItsStepsOrAtTheirPublishedMultiple) {
  HeadTraining training = kShort;
  training.steps = 10;  // epochs of 4 steps
  HeadRun run = RunWith({0.5}, training);
  EXPECT_EQ(run.steps, 10);
  EXPECT_EQ(run.epochs.size(), 3u);
  training.runs_past_steps = true;
  run = RunWith({0.5}, training);
  EXPECT_EQ(run.steps, 20);
  EXPECT_EQ(run.stop, HeadStop::kSteps);
}

TEST(TrainHeadsTest, WithoutAnyScoreTheLastWeightsAreGiven) {
  HeadTraining training = kShort;
  training.patience = 4;
  const HeadRun run = RunWith({std::nullopt}, training);
  EXPECT_EQ(run.best_epoch, 0);
  EXPECT_EQ(run.epochs.size(), 4u);
  EXPECT_GT(run.weights[0].tensor.abs().max().item<float>(), 1e-3);
}

TEST(TrainHeadsTest, ViewsTakeTurnsOrAreDrawn) {
  const HeadProblem problem = MakeProblem();
  HeadProblem views = problem;
  const at::Tensor first = problem.features[0].train, second = Normal(11, {kTrain, kWidth});
  views.features[0].train = at::stack({first, second});
  HeadProblem fresh = problem;
  fresh.features[0].train = at::Tensor();
  fresh.fresh_features = [&](int64_t epoch) -> absl::StatusOr<std::vector<at::Tensor>> {
    return std::vector<at::Tensor>{epoch % 2 == 0 ? first : second};
  };
  const HeadCandidate candidate = {.learning_rate = 0.05};
  const HeadRun by_turns = Train(views, kShort, {candidate})[0];
  ExpectSameRun(by_turns, Train(fresh, kShort, {candidate})[0]);
  EXPECT_NE(by_turns.epochs[1].loss, Train(problem, kShort, {candidate})[0].epochs[1].loss);

  HeadTraining drawn = kShort;
  drawn.views = ViewOrder::kByCase;
  const HeadRun mixed = Train(views, drawn, {candidate})[0];
  ExpectSameRun(mixed, Train(views, drawn, {candidate})[0]);
  EXPECT_NE(mixed.epochs[0].loss, by_turns.epochs[0].loss);
  views.features[0].train = at::stack({first, first});
  ExpectSameRun(Train(views, drawn, {candidate})[0], Train(problem, kShort, {candidate})[0]);

  fresh.fresh_features = [](int64_t epoch) -> absl::StatusOr<std::vector<at::Tensor>> {
    if (epoch == 2) return absl::UnavailableError("no disk");
    return std::vector<at::Tensor>{Normal(epoch, {kTrain, kWidth})};
  };
  EXPECT_EQ(TrainHead(fresh, kShort, candidate).status().message(), "no disk");
}

TEST(TrainHeadsTest, LearnsClassesThatExcludeEachOther) {
  HeadProblem problem = MakeProblem();
  problem.head = LinearHead(HeadLoss::kSoftmax, kWidth, 3);
  problem.labels = problem.features[0].train.slice(1, 0, 3).argmax(1);
  const at::Tensor truth = problem.features[0].validation.slice(1, 0, 3).argmax(1);
  problem.validation_score = [&](const at::Tensor& logits) -> std::optional<double> {
    return logits.argmax(1).eq(truth).to(at::kDouble).mean().item<double>();
  };
  HeadTraining training = kShort;
  training.steps = 200;
  const HeadRun run = Train(problem, training, {{.learning_rate = 0.05}})[0];
  EXPECT_GT(*run.best_score, 0.45);
  const at::Tensor fitted = HeadLogits(problem.head, run.weights, problem.features[0].train)->argmax(1);
  EXPECT_GT(fitted.eq(problem.labels).to(at::kDouble).mean().item<double>(), 0.8);
}

TEST(TrainHeadsTest, NamesWhatIsWrong) {
  const auto message = [](const std::function<void(HeadProblem&, HeadTraining&, HeadCandidate&)>& spoil) {
    HeadProblem problem = MakeProblem();
    HeadTraining training = kShort;
    HeadCandidate candidate;
    spoil(problem, training, candidate);
    const auto run = TrainHead(problem, training, candidate);
    EXPECT_EQ(run.status().code(), absl::StatusCode::kInvalidArgument) << run.status();
    return std::string(run.status().message());
  };
  using P = HeadProblem&;
  using T = HeadTraining&;
  using C = HeadCandidate&;
  EXPECT_TRUE(absl::StrContains(message([](P p, T, C) { p.labels[4][1] = 2; }), "2 of case 4"));
  EXPECT_TRUE(absl::StrContains(message([](P p, T, C) { p.labels = p.labels.slice(1, 0, 2); }), "expected [50, 3]"));
  EXPECT_TRUE(absl::StrContains(message([](P p, T, C) { p.labels = at::Tensor(); }), "at least one case"));
  EXPECT_TRUE(absl::StrContains(message([](P p, T, C) { p.features[0].train[3][3] = NAN; }), "finite"));
  EXPECT_TRUE(absl::StrContains(message([](P p, T, C) { p.features[0].train = Normal(1, {9, kWidth}); }), "[9, 20]"));
  EXPECT_TRUE(absl::StrContains(message([](P p, T, C) { p.features[0].validation = Normal(1, {9, 3}); }), "validation mean"));
  EXPECT_TRUE(absl::StrContains(message([](P p, T, C) { p.head = SurvivalHead(kWidth, 3, true); }), "intervals"));
  EXPECT_TRUE(absl::StrContains(message([](P, T t, C) { t.warmup = 40; }), "warm-up"));
  EXPECT_TRUE(absl::StrContains(message([](P, T t, C) { t.patience = 0; }), "patience"));
  EXPECT_TRUE(absl::StrContains(message([](P, T t, C) { t.batch = 0; }), "batches"));
  EXPECT_TRUE(absl::StrContains(message([](P, T, C c) { c.learning_rate = -1; }), "learning rate"));
  EXPECT_TRUE(absl::StrContains(message([](P, T, C c) { c.features = 1; }), "feature set 1 of 1"));
}

TEST(HeadTest, WeightsOfAnotherHeadAreRefused) {
  const HeadProblem problem = MakeProblem();
  const HeadRun run = Train(problem, kShort, {{}})[0];
  EXPECT_FALSE(HeadLogits(LinearHead(HeadLoss::kBinary, kWidth, 4), run.weights, problem.features[0].train).ok());
  EXPECT_FALSE(HeadLogits(SeverityHead(kWidth), run.weights, problem.features[0].train).ok());
  EXPECT_FALSE(HeadLogits(problem.head, run.weights, Normal(1, {4, 5})).ok());
}

TEST(HeadTest, RisksOfSurvival) {
  const at::Tensor logits = Normal(1, {6, 3}) * 3;
  const at::Tensor survival = (1 - logits.sigmoid()).cumprod(1);
  EXPECT_TRUE(HorizonRisks(logits, false).allclose(1 - survival, 1e-5, 1e-6));
  EXPECT_TRUE(HorizonRisks(logits, true).equal(logits.sigmoid()));
  EXPECT_TRUE(SurvivalRisk(logits, true).equal(logits.sum(1)));
  EXPECT_TRUE(SurvivalRisk(logits, false).allclose((1 - survival).sum(1), 1e-5, 1e-6));
}

}  // namespace
}  // namespace asap
