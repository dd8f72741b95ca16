#include "core/train/trainer.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <csignal>
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/file.h"
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
  run.options.settings = {{"--config", "tiny"}};
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
       {">loss ", ">loss/image ", ">loss/sparsity ", ">learning rate ", ">gradient norm ", "--config", "finished"}) {
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
    absl::StatusOr<std::vector<LossTerm>> Forward(const Batch& batch) override {
      return std::vector<LossTerm>{{"slope", 3 * weight.sum()}};
    }
    void SetTraining(bool training) override {}
    at::Tensor weight = at::zeros({1}).requires_grad_(true);
  };
  FakeDataset dataset(20);
  for (const int64_t accumulate : {1, 4}) {
    Linear model;
    auto loader = *Loader::Open(&dataset, TinyLoaderOptions(0));
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
  run.dataset.delay = std::chrono::milliseconds(1);  // at least 6 ms a step
  run.options.checkpoint_every_steps = 0;
  run.options.checkpoint_every_minutes = 0.03 / 60;
  run.options.keep_checkpoints = 0;
  ASSERT_TRUE(run.Run().ok());
  const size_t count = Checkpoints(run.options.output_dir).size();
  EXPECT_GE(count, 3);
  EXPECT_LT(count, 20);
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
  EXPECT_TRUE(refused([](TrainerOptions& options) { options.update_in_backward = true; }));  // of 2 batches a step
  EXPECT_TRUE(refused([](TrainerOptions& options) {
    options.accumulate = 7;
    options.drop_partial_accumulation = true;
  }));
}

}  // namespace
}  // namespace asap
