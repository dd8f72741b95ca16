#include "core/train/trainer.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/train/interrupt.h"
#include "core/train/trainer_test_util.h"
#include "gtest/gtest.h"

namespace asap {
namespace {
namespace fs = std::filesystem;

// A new folder of the running test's.
std::string Folder(const std::string& name) {
  const std::string folder =
      absl::StrCat(testing::TempDir(), "/", testing::UnitTest::GetInstance()->current_test_info()->name(), "/", name);
  fs::remove_all(folder);
  return folder;
}

std::vector<std::string> Checkpoints(const std::string& output_dir) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(output_dir + "/checkpoints")) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

TEST(TrainerTest, LearnsAndLeavesItsOutputs) {
  TinyRun run(Folder("run"), 2);
  run.options.steps = 60;
  run.options.schedule.horizon = 60;
  run.options.settings = {{"configuration", "tiny"}};
  std::vector<double> losses;
  int ends = 0;
  run.callbacks.on_record = [&](const StepRecord& record) { losses.push_back(record.loss); };
  run.callbacks.at_end = [&] {
    ++ends;
    return absl::OkStatus();
  };
  const auto summary = run.Run();
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->steps, 60);
  EXPECT_EQ(summary->skipped, 0);
  EXPECT_EQ(ends, 1);
  ASSERT_EQ(losses.size(), 60);
  EXPECT_LT(losses.back(), 0.5 * losses.front());
  EXPECT_EQ(run.model.forwards, 120);

  const std::string& folder = run.options.output_dir;
  EXPECT_EQ(ReproducibleLog(folder).size(), 60);
  EXPECT_EQ(Checkpoints(folder), (std::vector<std::string>{"step-00000050", "step-00000055", "step-00000060"}));
  EXPECT_EQ(summary->checkpoint, folder + "/checkpoints/step-00000060");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder + "/tensorboard"), {}), 1);
  const std::string page = *ReadFile(folder + "/index.html");
  for (const char* part :
       {">loss ", ">loss/image ", ">loss/sparsity ", ">learning rate ", ">gradient norm ", "configuration", "finished"}) {
    EXPECT_TRUE(absl::StrContains(page, part)) << part;
  }
  const StepRecord& last = summary->last;
  EXPECT_EQ(last.step, 60);
  EXPECT_GT(last.samples_per_second, 0);
  EXPECT_GT(last.peak_memory, 1 << 20);
  EXPECT_NEAR(last.epoch, 20, 1e-12) << "120 batches of 6 an epoch";
}

TEST(TrainerTest, SameLossesOnAnyNumberOfLoaderThreads) {
  std::vector<std::string> reference;
  at::Tensor weights;
  for (const int threads : {0, 1, 4}) {
    TinyRun run(Folder(absl::StrCat(threads)), threads);
    ASSERT_TRUE(run.Run().ok());
    if (threads == 0) {
      reference = ReproducibleLog(run.options.output_dir);
      weights = Flat(run.model.Parameters());
    }
    EXPECT_EQ(ReproducibleLog(run.options.output_dir), reference);
    EXPECT_TRUE(at::equal(Flat(run.model.Parameters()), weights));
  }
}

TEST(TrainerTest, SeedDecidesDropout) {
  TinyRun one(Folder("one")), other(Folder("other"));
  other.options.seed = 10;
  ASSERT_TRUE(one.Run().ok());
  ASSERT_TRUE(other.Run().ok());
  EXPECT_NE(ReproducibleLog(one.options.output_dir), ReproducibleLog(other.options.output_dir));
}

// What the second of two runs in one folder ends with equals an uninterrupted run.
void ExpectEqualToUninterrupted(const TinyRun& resumed, const TinyRun& whole) {
  EXPECT_EQ(ReproducibleLog(resumed.options.output_dir), ReproducibleLog(whole.options.output_dir));
  EXPECT_TRUE(at::equal(Flat(resumed.model.Parameters()), Flat(whole.model.Parameters())));
}

TEST(TrainerTest, SignalSavesAndResumeEqualsUninterrupted) {
  for (const int64_t log_every : {1, 4}) {
    TinyRun whole(Folder("whole"));
    whole.options.log_every_steps = log_every;
    ASSERT_TRUE(whole.Run().ok());
    const std::string folder = Folder("stopped");
    // Within the seventh step, of two batches, which is then done anew: the sixth is the last whole one, and a half-filled mean
    // of the log waits in its checkpoint. Then at the end of the eleventh.
    const std::pair<int64_t, int64_t> stops[] = {{13, 6}, {10, 11}};  // forward passes of the run, steps done in all
    for (const auto& [forwards, steps] : stops) {
      TinyRun stopped(folder, 2);
      stopped.options.log_every_steps = log_every;
      stopped.model.on_forward = [&] {
        if (stopped.model.forwards == forwards) std::raise(SIGTERM);
      };
      const InterruptScope interrupt;
      stopped.callbacks.interrupted = [&] { return interrupt.requested(); };
      const absl::Status status = stopped.Run().status();
      EXPECT_EQ(status.code(), absl::StatusCode::kCancelled) << status;
      EXPECT_TRUE(absl::StrContains(status.message(), absl::StrCat("after step ", steps, " of 20, saved in ", folder))) << status;
      EXPECT_TRUE(absl::StrContains(status.message(), "Run the same command again")) << status;
    }
    TinyRun resumed(folder);
    resumed.options.log_every_steps = log_every;
    const auto summary = resumed.Run();
    ASSERT_TRUE(summary.ok()) << summary.status();
    EXPECT_EQ(summary->resumed_from, 11);
    ExpectEqualToUninterrupted(resumed, whole);
  }
}

TEST(TrainerTest, StartIsToldOnceTheSettingsAreAccepted) {
  TinyRun refused(Folder("refused"));
  refused.callbacks.at_start = [] { return absl::PermissionDeniedError("no flagfile"); };
  EXPECT_EQ(refused.Run().status().message(), "no flagfile");
  EXPECT_EQ(refused.model.forwards, 0);
  int starts = 0;
  for (const uint64_t seed : {9, 9, 10}) {  // anew, resumed at the end, and refused for its seed
    TinyRun run(refused.options.output_dir);
    run.options.seed = seed;
    run.callbacks.at_start = [&] {
      ++starts;
      return absl::OkStatus();
    };
    EXPECT_EQ(run.Run().ok(), seed == 9);
  }
  EXPECT_EQ(starts, 2);
}

TEST(TrainerTest, ResumedAtTheEndOnlyEnds) {
  TinyRun first(Folder("run"));
  ASSERT_TRUE(first.Run().ok());
  TinyRun again(first.options.output_dir);
  int ends = 0;
  again.callbacks.at_end = [&] {
    ++ends;
    return absl::OkStatus();
  };
  const auto summary = again.Run();
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->resumed_from, 20);
  EXPECT_EQ(again.model.forwards, 0);
  EXPECT_EQ(ends, 1);
  ExpectEqualToUninterrupted(again, first);
}

TEST(TrainerTest, LearningRateFollowsTheBatchWithinTheEpoch) {
  TinyRun run(Folder("run"));
  run.options.steps = 0;
  run.options.epochs = 2;
  run.options.accumulate = 4;  // 6 batches an epoch: steps of 4 and 2
  run.options.schedule = {.peak = 1e-2, .warmup = 1, .horizon = 2};
  std::vector<StepRecord> records;
  run.callbacks.on_record = [&](const StepRecord& record) { records.push_back(record); };
  ASSERT_TRUE(run.Run().ok());
  ASSERT_EQ(records.size(), 4) << "the batches left at an epoch's end make a step";
  const double times[] = {0, 4.0 / 6, 1, 1 + 4.0 / 6};
  for (int i = 0; i < 4; ++i) EXPECT_EQ(records[i].learning_rate, run.options.schedule.At(times[i])) << i;
  EXPECT_EQ(records[0].learning_rate, 0);
  EXPECT_EQ(run.model.forwards, 12);

  TinyRun compat(Folder("compat"));
  compat.options = run.options;
  compat.options.output_dir = Folder("compat");
  compat.options.drop_partial_accumulation = true;
  const auto summary = compat.Run();
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->steps, 2) << "the published code leaves them out";
  EXPECT_EQ(compat.model.forwards, 8);
}

// Gradients of accumulated batches are averaged over the batches there are.
TEST(TrainerTest, AccumulationIsTheMeanGradient) {
  class Linear : public TrainableModel {
   public:
    NamedTensors Parameters() const override { return {{"w", weight}}; }
    NamedTensors State() const override { return Parameters(); }
    absl::StatusOr<std::vector<LossTerm>> Forward(const TrainingBatch& batch) override {
      return std::vector<LossTerm>{{"slope", 3 * weight.sum()}};
    }
    void SetTraining(bool training) override {}
    at::Tensor weight = at::zeros({1}).requires_grad_(true);
  };
  const FakeCases cases(20);
  for (const int64_t accumulate : {1, 4}) {
    Linear model;
    auto loader = *Loader::Open(std::make_unique<FakeRows>(&cases), TinyLoaderOptions(0));
    TrainerOptions options = TinyTrainerOptions(Folder(absl::StrCat(accumulate)));
    options.accumulate = accumulate;
    options.steps = 4;
    std::vector<double> norms;
    Trainer trainer(&model, loader.get(), options,
                    {.on_record = [&](const StepRecord& record) { norms.push_back(record.gradient_norm); }});
    ASSERT_TRUE(trainer.Run().ok());
    ASSERT_EQ(norms.size(), 4);
    for (const double norm : norms) EXPECT_NEAR(norm, 3, 1e-6);
  }
}

TEST(TrainerTest, ClippingLimitsTheGradientNotItsRecord) {
  TinyRun free(Folder("free")), clipped(Folder("clipped"));
  clipped.options.clip_gradient_norm = 1e-9;  // below Adam's epsilon, so that updates shrink
  clipped.options.adamw.weight_decay = free.options.adamw.weight_decay = 0;
  const at::Tensor before = Flat(free.model.Parameters()).clone();
  double norm = 0;
  clipped.callbacks.on_record = [&](const StepRecord& record) { norm = record.gradient_norm; };
  ASSERT_TRUE(free.Run().ok());
  ASSERT_TRUE(clipped.Run().ok());
  const auto moved = [&](const TinyRun& run) { return (Flat(run.model.Parameters()) - before).norm().item<double>(); };
  EXPECT_LT(moved(clipped), 0.1 * moved(free));
  EXPECT_GT(norm, 1e-3);
}

TEST(TrainerTest, UpdatingInTheBackwardPassChangesNothing) {
  TinyRun after(Folder("after")), during(Folder("during"));
  after.options.accumulate = during.options.accumulate = 1;
  during.options.update_in_backward = true;
  after.model.nan_loss = during.model.nan_loss = {"case-7"};  // a step that is skipped whole
  const auto first = after.Run(), second = during.Run();
  ASSERT_TRUE(first.ok() && second.ok()) << first.status() << second.status();
  EXPECT_GT(first->skipped, 0);
  EXPECT_EQ(first->skipped, second->skipped);
  EXPECT_TRUE(at::equal(Flat(after.model.Parameters()), Flat(during.model.Parameters())));
}

TEST(TrainerTest, Bfloat16Learns) {
  TinyRun run(Folder("run"));
  run.options.precision = Precision::kBfloat16;
  std::vector<double> losses;
  run.callbacks.on_record = [&](const StepRecord& record) { losses.push_back(record.loss); };
  ASSERT_TRUE(run.Run().ok());
  EXPECT_LT(losses.back(), losses.front());
  EXPECT_EQ(run.model.Parameters()[0].tensor.scalar_type(), at::kFloat);
  TinyRun full(Folder("full"));
  ASSERT_TRUE(full.Run().ok());
  EXPECT_FALSE(at::equal(Flat(run.model.Parameters()), Flat(full.model.Parameters())));
}

TEST(TrainerTest, TimeLimitIsAnEnd) {
  TinyRun run(Folder("run"));
  run.options.steps = 1000000;
  run.options.schedule.horizon = 1000000;
  run.options.max_seconds = 0.2;
  run.options.checkpoint_every_steps = 0;
  const auto summary = run.Run();
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_TRUE(summary->reached_time_limit);
  EXPECT_GT(summary->steps, 0);
  EXPECT_EQ(Checkpoints(run.options.output_dir).size(), 1);
}

TEST(TrainerTest, CheckpointsByTime) {
  TinyRun run(Folder("run"));
  run.cases.delay = std::chrono::milliseconds(1);  // at least 6 ms a step
  run.options.checkpoint_every_steps = 0;
  run.options.checkpoint_every_minutes = 0.03 / 60;
  run.options.keep_checkpoints = 0;
  ASSERT_TRUE(run.Run().ok());
  const size_t count = Checkpoints(run.options.output_dir).size();
  EXPECT_GE(count, 3);
  EXPECT_LT(count, 20);
}

TEST(TrainerTest, EachEpochsEndIsToldOnce) {
  for (const bool by_epochs : {true, false}) {
    TinyRun run(Folder("run"));
    run.options.epochs = by_epochs ? 3 : 0;
    run.options.steps = by_epochs ? 0 : 7;
    run.options.schedule = {.peak = 1e-2, .horizon = by_epochs ? 3.0 : 7.0};
    run.options.accumulate = 4;  // 6 batches an epoch: steps of 4 and 2
    std::vector<int64_t> epochs, forwards;
    run.callbacks.after_epoch = [&](int64_t epoch) {
      epochs.push_back(epoch);
      forwards.push_back(run.model.forwards);
      run.model.SetTraining(false);
      return true;
    };
    ASSERT_TRUE(run.Run().ok());
    EXPECT_EQ(epochs, (std::vector<int64_t>{1, 2, 3}));
    EXPECT_EQ(forwards, (std::vector<int64_t>{6, 12, 18}));
    TinyRun without(Folder("without"));
    without.options = run.options;
    without.options.output_dir = Folder("without");
    ASSERT_TRUE(without.Run().ok());
    EXPECT_TRUE(at::equal(Flat(run.model.Parameters()), Flat(without.model.Parameters()))) << "training went on as training";
  }
  TinyRun dropping(Folder("dropping"));
  dropping.options.epochs = 2;
  dropping.options.steps = 0;
  dropping.options.schedule = {.peak = 1e-2, .horizon = 2};
  dropping.options.accumulate = 4;
  dropping.options.drop_partial_accumulation = true;
  std::vector<int64_t> epochs;
  dropping.callbacks.after_epoch = [&](int64_t epoch) {
    epochs.push_back(epoch);
    return true;
  };
  ASSERT_TRUE(dropping.Run().ok());
  EXPECT_EQ(epochs, (std::vector<int64_t>{1, 2}));
}

// A run of 6 epochs of 3 steps that validates: `score` is what epoch 1, 2, ... are worth; it ends two epochs after the best.
struct ValidatedRun {
  explicit ValidatedRun(const std::string& folder) : run(folder) {
    run.options.epochs = 6;
    run.options.steps = 0;
    run.options.schedule = {.peak = 1e-2, .horizon = 6};
    run.options.checkpoint_every_steps = 2;
    run.options.keep_checkpoints = 1;
  }

  absl::StatusOr<TrainingSummary> Run() {
    run.callbacks.after_epoch = [this](int64_t epoch) -> absl::StatusOr<bool> {
      asked.push_back(epoch);
      weights[epoch] = Flat(run.model.Parameters()).clone();
      if (epoch == cancelled_in) return absl::CancelledError();
      best.push_back(trainer->Offer(score[epoch - 1]));
      return epoch < trainer->best()->epoch + 2;
    };
    loader = *Loader::Open(std::make_unique<FakeRows>(&run.cases), run.loader_options);
    trainer = std::make_unique<Trainer>(&run.model, loader.get(), run.options, run.callbacks);
    return trainer->Run();
  }

  TinyRun run;
  std::vector<double> score = {0.5, 0.7, 0.6, 0.8, 0.8, std::nan("")};
  int64_t cancelled_in = 0;
  std::vector<int64_t> asked;
  std::vector<bool> best;
  std::map<int64_t, at::Tensor> weights;
  std::unique_ptr<Loader> loader;
  std::unique_ptr<Trainer> trainer;
};

TEST(TrainerTest, TheBestWeightsAreKeptAndTheTrainingMayEndEarly) {
  ValidatedRun validated(Folder("run"));
  const std::string& folder = validated.run.options.output_dir;
  const auto summary = validated.Run();
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(validated.best, (std::vector<bool>{true, true, false, true, false, false}));
  EXPECT_EQ(summary->best->epoch, 4);
  EXPECT_EQ(summary->best->score, 0.8);
  EXPECT_EQ(summary->best_checkpoint, folder + "/checkpoints/step-00000012");
  EXPECT_EQ(Checkpoints(folder), (std::vector<std::string>{"step-00000012", "step-00000018"}));
  ASSERT_TRUE(validated.trainer->RestoreBest().ok());
  EXPECT_TRUE(at::equal(Flat(validated.run.model.Parameters()), validated.weights[4]));
  EXPECT_TRUE(absl::StrContains(*ReadFile(folder + "/index.html"), "best checkpoint"));

  ValidatedRun early(Folder("early"));
  early.score = {0.9, 0.1, 0.1};
  int ends = 0;
  early.run.callbacks.at_end = [&] {
    ++ends;
    return absl::OkStatus();
  };
  const auto ended = early.Run();
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(ended->steps, 9) << "two epochs after the best, the first";
  EXPECT_EQ(ends, 1);
  ValidatedRun again(early.run.options.output_dir);
  const auto known = again.Run();
  ASSERT_TRUE(known.ok()) << known.status();
  EXPECT_EQ(known->steps, 9) << "a run that has ended stays so";
  EXPECT_EQ(again.run.model.forwards, 0);
  EXPECT_TRUE(again.asked.empty());
  ASSERT_TRUE(again.trainer->RestoreBest().ok());
  EXPECT_TRUE(at::equal(Flat(again.run.model.Parameters()), early.weights[1]));

  TinyRun nothing(Folder("nothing"));
  auto loader = *Loader::Open(std::make_unique<FakeRows>(&nothing.cases), nothing.loader_options);
  Trainer trainer(&nothing.model, loader.get(), nothing.options, {});
  ASSERT_TRUE(trainer.Run().ok());
  EXPECT_EQ(trainer.RestoreBest().code(), absl::StatusCode::kNotFound);
}

TEST(TrainerTest, AResumedRunKnowsTheBestSoFar) {
  ValidatedRun whole(Folder("whole"));
  ASSERT_TRUE(whole.Run().ok());
  const std::string folder = Folder("cut");
  for (const int64_t cancelled_in : {1, 3, 5}) {  // before there is a best, and after bests of the second and the fourth epoch
    ValidatedRun cut(folder);
    cut.cancelled_in = cancelled_in;
    EXPECT_EQ(cut.Run().status().code(), absl::StatusCode::kCancelled);
    EXPECT_EQ(cut.asked.front(), std::max<int64_t>(1, cancelled_in - 2)) << "the epoch in whose end it was cut off, again";
  }
  ValidatedRun resumed(folder);
  const auto summary = resumed.Run();
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(resumed.asked, (std::vector<int64_t>{5, 6}));
  EXPECT_EQ(resumed.best, (std::vector<bool>{false, false}));
  EXPECT_EQ(summary->best->epoch, 4);
  EXPECT_EQ(Checkpoints(folder), Checkpoints(whole.run.options.output_dir));
  EXPECT_TRUE(at::equal(Flat(resumed.run.model.Parameters()), Flat(whole.run.model.Parameters())));
  ASSERT_TRUE(resumed.trainer->RestoreBest().ok());
  EXPECT_TRUE(at::equal(Flat(resumed.run.model.Parameters()), whole.weights[4]));

  ValidatedRun elsewhere(Folder("elsewhere"));
  elsewhere.run.options.resume = summary->best_checkpoint;
  elsewhere.score = {0, 0, 0, 0, 0.1, 0.2};
  const auto other = elsewhere.Run();
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_EQ(other->best->score, 0.2) << "the best of another run is that run's";
}

TEST(TrainerTest, TrainersAndTheCallersGeneratorDoNotDisturbEachOther) {
  const std::string alone = Folder("alone");
  ASSERT_TRUE(TinyRun(alone).Run().ok());
  std::vector<std::unique_ptr<TinyRun>> runs;  // made one by one: their weights are drawn from the process's generator
  for (int i = 0; i < 3; ++i) runs.push_back(std::make_unique<TinyRun>(Folder(absl::StrCat("run", i)), i));
  at::manual_seed(77);
  const at::Tensor expected = at::randn({4});
  at::manual_seed(77);
  std::vector<std::thread> threads;
  for (auto& run : runs) threads.emplace_back([&run] { EXPECT_TRUE(run->Run().ok()); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(at::equal(at::randn({4}), expected)) << "the caller's draws go on where they were";
  for (const auto& run : runs) EXPECT_EQ(ReproducibleLog(run->options.output_dir), ReproducibleLog(alone));
}

TEST(TrainerTest, ParameterGroupsHaveRatesOfTheirOwnAndAreASetting) {
  const auto rule = [](double head) {
    return [head](const std::string& name, const at::Tensor&) {
      return ParameterRule{.rate = absl::StartsWith(name, "decode.") ? head : 0};
    };
  };
  TinyRun first(Folder("run"));
  first.options.adamw.rule = rule(1);
  const at::Tensor frozen = first.model.Parameters()[0].tensor.detach().clone();
  const at::Tensor head = first.model.Parameters()[2].tensor.detach().clone();
  ASSERT_TRUE(first.Run().ok());
  EXPECT_TRUE(at::equal(first.model.Parameters()[0].tensor, frozen));
  EXPECT_FALSE(at::equal(first.model.Parameters()[2].tensor, head));
  TinyRun same(first.options.output_dir), other(first.options.output_dir);
  same.options.adamw.rule = rule(1);
  EXPECT_TRUE(same.Run().ok());
  other.options.adamw.rule = rule(0.5);
  const absl::Status refused = other.Run().status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(refused.message(), "parameter groups is rate x 0: 2 (")) << refused;
}

TEST(TrainerTest, RefusesWhatMakesNoRun) {
  const auto refused = [](const std::function<void(TrainerOptions&)>& change) {
    TinyRun run(Folder("run"));
    change(run.options);
    return run.Run().status().code() == absl::StatusCode::kInvalidArgument && run.model.forwards == 0;
  };
  EXPECT_TRUE(refused([](TrainerOptions& options) { options.epochs = 1; }));
  EXPECT_TRUE(refused([](TrainerOptions& options) { options.steps = 0; }));
  EXPECT_TRUE(refused([](TrainerOptions& options) { options.accumulate = 0; }));
  EXPECT_TRUE(refused([](TrainerOptions& options) { options.schedule.peak = -1; }));
  EXPECT_TRUE(refused([](TrainerOptions& options) {
    options.adamw.rule = [](const std::string&, const at::Tensor&) { return ParameterRule{.rate = -1}; };
  }));
  EXPECT_TRUE(refused([](TrainerOptions& options) { options.update_in_backward = true; }));  // of 2 batches a step
  EXPECT_TRUE(refused([](TrainerOptions& options) {
    options.accumulate = 7;
    options.drop_partial_accumulation = true;
  }));
}

}  // namespace
}  // namespace asap
