// Training by several processes: equal to one, and ended by the failure of any.
#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/distributed/ranks_for_testing.h"
#include "core/train/interrupt.h"
#include "core/train/jsonl_log.h"
#include "core/train/trainer_test_util.h"
#include "gtest/gtest.h"

namespace asap {
namespace {
namespace fs = std::filesystem;

std::string Folder(const std::string& name) {
  const std::string folder =
      absl::StrCat(testing::TempDir(), "/", testing::UnitTest::GetInstance()->current_test_info()->name(), "/", name);
  fs::remove_all(folder);
  return folder;
}

// Batches of a step of all processes together: 12 of 3 cases, from epochs of 20, so that an epoch's last round has too few.
constexpr int64_t kStepBatches = 6;

using Change = std::function<void(TinyRun&, int64_t rank)>;

// One process's run, alone where `launch` is null; what it says in the end.
std::string RunRank(const std::string& output_dir, const LaunchEnvironment* launch, const Change& change) {
  std::unique_ptr<ProcessGroup> group;
  TinyRun run(output_dir, 1);
  run.options.resume = "auto";
  run.options.epochs = 6;
  run.options.steps = 0;
  run.options.schedule.horizon = 6;
  run.options.schedule.warmup = 1;
  run.options.accumulate = kStepBatches;
  run.loader_options.batch_size = 2;
  if (launch != nullptr) {
    auto joined = ProcessGroup::Join(*launch, {.timeout = absl::Seconds(10)});
    if (!joined.ok()) return std::string(joined.status().message());
    group = *std::move(joined);
    run.options.group = group.get();
    run.options.accumulate = kStepBatches / group->world();
    run.loader_options.rank = group->rank();
    run.loader_options.world = group->world();
  }
  if (change) change(run, launch == nullptr ? 0 : launch->rank);
  const absl::StatusOr<TrainingSummary> summary = run.Run();
  if (group != nullptr) group->Leave(absl::IsCancelled(summary.status()) ? absl::OkStatus() : summary.status());
  return summary.ok() ? absl::StrCat("steps ", summary->steps, " from ", summary->resumed_from)
                      : std::string(summary.status().message());
}

std::vector<std::string> RunWorld(int64_t world, const std::string& output_dir, const Change& change = nullptr) {
  // One process is forked as well: LibTorch's threads do not survive later forks of this one.
  Ranks ranks(world,
              [&](const LaunchEnvironment& launch) { return RunRank(output_dir, world == 1 ? nullptr : &launch, change); });
  std::vector<std::string> texts;
  for (const RankResult& result : ranks.Wait()) {
    EXPECT_EQ(result.exit_code, 0);
    texts.push_back(result.text);
  }
  return texts;
}

NamedTensors LastWeights(const std::string& output_dir) {
  const auto latest = FindLatestCheckpoint(output_dir + "/checkpoints");
  return *LoadCheckpointTensors((*latest)->folder, kModelFile);
}

void ExpectEqualRuns(const std::string& one, const std::string& other, double tolerance) {
  const auto a = *ReadJsonlLog(one + "/log.jsonl"), b = *ReadJsonlLog(other + "/log.jsonl");
  ASSERT_EQ(a.size(), b.size());
  const auto near = [&](double x, double y) { return std::abs(x - y) <= tolerance * std::max(std::abs(x), 1e-3); };
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].step, b[i].step);
    EXPECT_EQ(a[i].epoch, b[i].epoch);
    EXPECT_EQ(a[i].learning_rate, b[i].learning_rate);
    EXPECT_EQ(a[i].skipped, b[i].skipped);
    EXPECT_TRUE(near(a[i].gradient_norm, b[i].gradient_norm) ||
                (std::isnan(a[i].gradient_norm) && std::isnan(b[i].gradient_norm)))
        << i << ": " << a[i].gradient_norm << " " << b[i].gradient_norm;
    ASSERT_EQ(a[i].terms.size(), b[i].terms.size()) << i;
    for (size_t term = 0; term < a[i].terms.size(); ++term) {
      EXPECT_EQ(a[i].terms[term].first, b[i].terms[term].first);
      EXPECT_TRUE(near(a[i].terms[term].second, b[i].terms[term].second))
          << i << " " << a[i].terms[term].first << ": " << a[i].terms[term].second << " " << b[i].terms[term].second;
    }
  }
  const at::Tensor x = Flat(LastWeights(one)), y = Flat(LastWeights(other));
  EXPECT_LE((x - y).abs().max().item<double>(), tolerance * x.abs().max().item<double>());
}

// 10 batches an epoch: steps of 6 and of 4. With 2 processes rounds of 2; with 3 the short step ends in a round of one batch;
// with 6 it is one round of 4.
TEST(TrainerRanksTest, AnyNumberOfProcessesLearnsTheSame) {
  const std::string one = Folder("1");
  EXPECT_EQ(RunWorld(1, one)[0], "steps 12 from 0");
  for (const int64_t world : {2, 3, 6}) {
    const std::string folder = Folder(absl::StrCat(world));
    for (const std::string& text : RunWorld(world, folder)) EXPECT_EQ(text, "steps 12 from 0");
    ExpectEqualRuns(one, folder, 1e-5);
  }
}

TEST(TrainerRanksTest, TwentyStepsOfTwoProcessesEqualThoseOfOne) {
  const Change longer = [](TinyRun& run, int64_t) {
    run.options.epochs = 0;
    run.options.steps = 24;
    run.options.schedule.horizon = 24;
    run.options.accumulate = run.options.group == nullptr ? 2 : 1;
  };
  const std::string one = Folder("1"), two = Folder("2");
  RunWorld(1, one, longer);
  RunWorld(2, two, longer);
  ExpectEqualRuns(one, two, 1e-5);
}

// By a library that stands for NCCL; resuming broadcasts the weights by it, too.
TEST(TrainerRanksTest, NcclAndGlooLearnTheSameBitForBit) {
  const auto by = [](Backend backend, int64_t epochs) -> Change {
    return [backend, epochs](TinyRun& run, int64_t) {
      setenv("ASAP_NCCL_LIBRARY", fs::absolute("core/distributed/libfake_nccl.so").c_str(), 1);
      if (const absl::Status connected = run.options.group->Connect(run.options.device, backend); !connected.ok()) abort();
      run.options.epochs = epochs;
    };
  };
  const std::string gloo = Folder("gloo"), nccl = Folder("nccl");
  RunWorld(2, gloo, by(Backend::kGloo, 6));
  for (const std::string& text : RunWorld(2, nccl, by(Backend::kNccl, 3))) EXPECT_EQ(text, "steps 6 from 0");
  for (const std::string& text : RunWorld(2, nccl, by(Backend::kNccl, 6))) EXPECT_EQ(text, "steps 12 from 6");
  EXPECT_EQ(ReproducibleLog(nccl), ReproducibleLog(gloo));
  EXPECT_TRUE(at::equal(Flat(LastWeights(nccl)), Flat(LastWeights(gloo))));
}

TEST(TrainerRanksTest, AStepThatIsNotFiniteAnywhereIsSkippedEverywhere) {
  for (const bool in_gradient : {false, true}) {
    const Change broken = [in_gradient](TinyRun& run, int64_t) {
      (in_gradient ? run.model.nan_gradient : run.model.nan_loss) = {"case-4"};
      run.options.max_skipped_in_a_row = 20;
      run.options.accumulate = run.options.group == nullptr ? 2 : 1;
    };
    const std::string one = Folder("1"), two = Folder("2");
    RunWorld(1, one, broken);
    RunWorld(2, two, broken);
    ExpectEqualRuns(one, two, 1e-5);
    EXPECT_GT(ReadJsonlLog(two + "/log.jsonl")->back().skipped, 2);
  }
}

TEST(TrainerRanksTest, ASignalToOneRankStopsAllAndResumeIsBitEqual) {
  const std::string whole = Folder("whole"), stopped = Folder("stopped");
  RunWorld(2, whole);
  const auto texts = RunWorld(2, stopped, [](TinyRun& run, int64_t rank) {
    if (rank != 1) return;
    const InterruptScope* interrupt = new InterruptScope();  // for as long as this process lives
    run.callbacks.interrupted = [interrupt] { return interrupt->requested(); };
    run.callbacks.on_record = [](const StepRecord& record) {
      if (record.step == 4) std::raise(SIGTERM);
    };
  });
  for (const std::string& text : texts) {
    EXPECT_TRUE(absl::StrContains(text, absl::StrCat("after step 5 of 12, saved in ", stopped))) << text;
  }
  for (const std::string& text : RunWorld(2, stopped)) EXPECT_EQ(text, "steps 12 from 5");
  EXPECT_EQ(ReproducibleLog(stopped), ReproducibleLog(whole));
  EXPECT_TRUE(at::equal(Flat(LastWeights(stopped)), Flat(LastWeights(whole))));
}

TEST(TrainerRanksTest, AKilledRankEndsAllAndAnotherNumberGoesOn) {
  const std::string one = Folder("1");
  RunWorld(1, one);
  for (const int64_t world_after : {2, 1}) {
    const std::string folder = Folder(absl::StrCat("after ", world_after));
    Ranks ranks(3, [&](const LaunchEnvironment& launch) {
      return RunRank(folder, &launch, [](TinyRun& run, int64_t rank) {
        run.options.checkpoint_every_steps = 2;
        run.callbacks.on_record = [rank](const StepRecord& record) {
          if (rank == 1 && record.step == 5) std::raise(SIGKILL);
        };
      });
    });
    EXPECT_EQ(ranks.Wait(1).exit_code, 128 + SIGKILL);
    for (const int64_t rank : {0, 2}) {
      const RankResult result = ranks.Wait(rank);
      EXPECT_EQ(result.exit_code, 0);
      EXPECT_TRUE(absl::StrContains(result.text, "rank 1 (host ")) << result.text;
      EXPECT_TRUE(absl::StrContains(result.text, "gone or halted")) << result.text;
    }
    for (const std::string& text : RunWorld(world_after, folder)) {
      EXPECT_TRUE(text == "steps 12 from 4" || text == "steps 12 from 5") << text;
    }
    ExpectEqualRuns(one, folder, 1e-5);
  }
}

TEST(TrainerRanksTest, AnErrorOfOneRankIsEverybodysAndTheWorkIsSaved) {
  for (const int64_t fault : {1, 0}) {
    const std::string folder = Folder("broken");
    const auto texts = RunWorld(2, folder, [fault](TinyRun& run, int64_t rank) {
      run.options.checkpoint_every_steps = 0;
      run.loader_options.threads = 0;
      run.callbacks.on_record = [&run, fault, rank](const StepRecord& record) {
        if (rank != fault || record.step != 7) return;
        for (int i = 0; i < 20; ++i) run.model.throwing.insert(absl::StrCat("case-", i));
      };
    });
    EXPECT_TRUE(absl::StrContains(texts[fault], "step 8 on cases case-")) << texts[fault];
    EXPECT_TRUE(absl::StrContains(texts[1 - fault], absl::StrCat("rank ", fault, " (host "))) << texts[1 - fault];
    EXPECT_TRUE(absl::StrContains(texts[1 - fault], "ended the job: step 8 on cases case-")) << texts[1 - fault];
    EXPECT_TRUE(absl::StrContains(texts[0], "the work up to step 7 is saved")) << texts[0];
    EXPECT_FALSE(absl::StrContains(texts[1], "is saved")) << texts[1];
    EXPECT_EQ((*FindLatestCheckpoint(folder + "/checkpoints"))->state.step, 7);
  }
}

TEST(TrainerRanksTest, AnotherGlobalBatchIsRefusedWithTheAccumulationThatFits) {
  const std::string folder = Folder("run");
  RunWorld(1, folder);
  const auto texts = RunWorld(2, folder, [](TinyRun& run, int64_t) { run.options.accumulate = 4; });
  for (const std::string& text : texts) {
    EXPECT_TRUE(absl::StrContains(text, "batches of a step is 8 and was 6: with 2 processes that is accumulate=3")) << text;
  }
}

TEST(TrainerRanksTest, OtherSettingsThanRankZerosAreRefused) {
  const auto texts = RunWorld(2, Folder("run"), [](TinyRun& run, int64_t rank) { run.options.seed += rank; });
  for (const std::string& text : texts) EXPECT_TRUE(absl::StrContains(text, "seed 10 instead of seed 9")) << text;
}

TEST(TrainerRanksTest, AnEpochsEndIsRankZerosAndItsAnswerEverybodys) {
  const std::string folder = Folder("run");
  const auto texts = RunWorld(2, folder, [](TinyRun& run, int64_t rank) {
    run.callbacks.after_epoch = [rank](int64_t epoch) -> absl::StatusOr<bool> {
      if (rank != 0) return absl::InternalError("asked of another rank");
      return epoch < 3;
    };
  });
  for (const std::string& text : texts) EXPECT_EQ(text, "steps 6 from 0") << "of 12";
  for (const std::string& text : RunWorld(2, folder)) EXPECT_EQ(text, "steps 6 from 6") << "it has ended";
  const auto stopped = RunWorld(2, Folder("stopped"), [](TinyRun& run, int64_t) {
    run.callbacks.after_epoch = [](int64_t epoch) -> absl::StatusOr<bool> { return absl::CancelledError(); };
  });
  for (const std::string& text : stopped) EXPECT_TRUE(absl::StrContains(text, "after step 2 of 12, saved in ")) << text;
}

TEST(TrainerRanksTest, OnlyRankZeroWrites) {
  const std::string folder = Folder("run");
  RunWorld(2, folder, [&](TinyRun& run, int64_t rank) {
    if (rank == 1) run.options.output_dir = "/nonexistent/folder";
  });
  EXPECT_EQ(ReproducibleLog(folder).size(), 12);
}

}  // namespace
}  // namespace asap
