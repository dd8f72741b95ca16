// What goes wrong while training: numbers, data, disks, settings, and the plug.
#include <ATen/ops/equal.h>
#include <ATen/ops/isfinite.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <random>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/file.h"
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

void ExpectEqualRuns(const TinyRun& resumed, const TinyRun& whole) {
  EXPECT_EQ(ReproducibleLog(resumed.options.output_dir), ReproducibleLog(whole.options.output_dir));
  EXPECT_TRUE(at::equal(Flat(resumed.model.Parameters()), Flat(whole.model.Parameters())));
}

TEST(TrainerFaultsTest, NonFiniteStepsAreSkippedAndCounted) {
  for (const bool in_gradient : {false, true}) {
    TinyRun run(Folder("run"));
    (in_gradient ? run.model.nan_gradient : run.model.nan_loss) = {"case-4"};
    run.options.max_skipped_in_a_row = 20;
    int64_t skipped = 0, changed_by_skipped = 0;
    at::Tensor weights = Flat(run.model.Parameters()).clone();
    run.callbacks.on_record = [&](const StepRecord& record) {
      const at::Tensor now = Flat(run.model.Parameters()).clone();
      if (record.skipped > skipped) {
        changed_by_skipped += !at::equal(now, weights);
        EXPECT_TRUE(std::isnan(record.loss));
      } else {
        EXPECT_TRUE(std::isfinite(record.loss));
      }
      skipped = record.skipped;
      weights = now;
    };
    testing::internal::CaptureStderr();
    const auto summary = run.Run();
    const std::string warnings = testing::internal::GetCapturedStderr();
    ASSERT_TRUE(summary.ok()) << summary.status();
    EXPECT_GE(summary->skipped, 4) << "about once in each of 6.7 epochs";
    EXPECT_LE(summary->skipped, 7);
    EXPECT_EQ(changed_by_skipped, 0);
    EXPECT_TRUE(at::isfinite(weights).all().item<bool>());
    EXPECT_TRUE(absl::StrContains(warnings, "case-4")) << warnings;
    EXPECT_TRUE(absl::StrContains(warnings, "the step is skipped")) << warnings;
  }
}

TEST(TrainerFaultsTest, TooManyInARowStopWithStepAndCases) {
  TinyRun run(Folder("run"));
  run.options.max_skipped_in_a_row = 3;
  run.callbacks.on_record = [&](const StepRecord& record) {
    if (record.step == 12) {
      for (int i = 0; i < 20; ++i) run.model.nan_loss.insert(absl::StrCat("case-", i));
    }
  };
  const absl::Status status = run.Run().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  for (const char* part : {"step 15 ", "case-", "the 2 before it", "step-00000010"}) {
    EXPECT_TRUE(absl::StrContains(status.message(), part)) << part << " not in " << status;
  }
  EXPECT_EQ((*FindLatestCheckpoint(run.options.output_dir + "/checkpoints"))->state.step, 10) << "the last good one stays";
}

TEST(TrainerFaultsTest, UnreadableCaseSavesTheWorkAndResumeEqualsUninterrupted) {
  TinyRun whole(Folder("whole"));
  ASSERT_TRUE(whole.Run().ok());
  const std::string folder = Folder("broken");
  TinyRun broken(folder);  // no loader threads: the data change under the loader, which only one thread may see
  broken.callbacks.on_record = [&](const StepRecord& record) {
    if (record.step == 7) {
      for (int64_t i = 0; i < 20; ++i) broken.cases.unreadable.insert(i);
    }
  };
  const absl::Status status = broken.Run().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(absl::StrContains(status.message(), ".nii.gz: unexpected end of file")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "the work up to step 7 is saved in")) << status;
  TinyRun resumed(folder);
  ASSERT_TRUE(resumed.Run().ok());
  ExpectEqualRuns(resumed, whole);
}

TEST(TrainerFaultsTest, ModelErrorsNameStepAndCases) {
  TinyRun run(Folder("run"));
  for (int i = 0; i < 20; ++i) run.model.throwing.insert(absl::StrCat("case-", i));
  const absl::Status status = run.Run().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_TRUE(absl::StrContains(status.message(), "step 1 on cases case-")) << status;
  EXPECT_FALSE(absl::StrContains(status.message(), "frame #")) << "no stack trace in a message";
}

TEST(TrainerFaultsTest, OtherSettingsAreRefusedUntilToldOtherwise) {
  TinyRun first(Folder("run"));
  first.options.config = {{"losses", "image"}};
  ASSERT_TRUE(first.Run().ok());
  const auto again = [&](const std::string& resume) {
    TinyRun run(first.options.output_dir);
    run.options.config = {{"losses", "image,sparsity"}};
    run.options.schedule.peak = 0.02;
    run.options.resume = resume;
    run.options.steps = 3;
    return run.Run();
  };
  const absl::Status status = again("auto").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(status.message(), "learning rate is 0.02 and was 0.01; losses is image,sparsity and was image"))
      << status;
  EXPECT_EQ(again(first.options.output_dir).status().code(), absl::StatusCode::kFailedPrecondition);
  const auto fresh = again("never");
  ASSERT_TRUE(fresh.ok()) << fresh.status();
  EXPECT_EQ(fresh->resumed_from, 0);
  EXPECT_EQ(ReproducibleLog(first.options.output_dir).size(), 3);
  EXPECT_TRUE(fs::exists(first.options.output_dir + "/earlier-1-log.jsonl")) << "nothing of the earlier run is deleted";
  EXPECT_TRUE(fs::exists(first.options.output_dir + "/checkpoints/earlier-1-step-00000020"));
  EXPECT_EQ((*FindLatestCheckpoint(first.options.output_dir + "/checkpoints"))->state.step, 3);
}

TEST(TrainerFaultsTest, ARunOfAnEarlierVersionIsHeldToTheCasesOfItsNextPart) {
  const std::string folder = Folder("run");
  const auto part = [&](const std::string& cases, int64_t batches) {
    TinyRun run(folder);
    if (!cases.empty()) run.options.config = {{kCasesSetting, cases}};
    int64_t asked = 0;
    run.callbacks.interrupted = [&] { return ++asked > batches; };
    return run.Run().status().code();
  };
  EXPECT_EQ(part("", 4), absl::StatusCode::kCancelled);
  EXPECT_EQ(part("these", 4), absl::StatusCode::kCancelled) << "a checkpoint that does not say its cases is gone on from";
  EXPECT_EQ(part("others", 4), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(part("these", 1000), absl::StatusCode::kOk);
}

TEST(TrainerFaultsTest, ResumesFromANamedCheckpoint) {
  TinyRun whole(Folder("whole"));
  ASSERT_TRUE(whole.Run().ok());
  for (const char* name : {"/checkpoints/step-00000015", ""}) {
    TinyRun elsewhere(Folder("elsewhere"));
    elsewhere.options.resume = whole.options.output_dir + name;
    const auto summary = elsewhere.Run();
    ASSERT_TRUE(summary.ok()) << summary.status();
    EXPECT_EQ(summary->resumed_from, *name == '\0' ? 20 : 15);
    EXPECT_TRUE(at::equal(Flat(elsewhere.model.Parameters()), Flat(whole.model.Parameters())));
  }
  // Back in the same folder: what came after is set aside, and the log has no step twice.
  TinyRun back(whole.options.output_dir);
  back.options.resume = whole.options.output_dir + "/checkpoints/step-00000010";
  const std::vector<std::string> log = ReproducibleLog(whole.options.output_dir);
  ASSERT_TRUE(back.Run().ok());
  EXPECT_EQ(ReproducibleLog(whole.options.output_dir), log);
  TinyRun nowhere(Folder("nowhere"));
  nowhere.options.resume = Folder("empty");
  const absl::Status status = nowhere.Run().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(absl::StrContains(status.message(), "there is no checkpoint in ")) << status;
}

TEST(TrainerFaultsTest, ABrokenNewestCheckpointCostsOnlyItsSteps) {
  TinyRun whole(Folder("whole")), resumed(Folder("run"));
  ASSERT_TRUE(whole.Run().ok());
  {
    TinyRun first(resumed.options.output_dir);
    ASSERT_TRUE(first.Run().ok());
  }
  fs::resize_file(resumed.options.output_dir + "/checkpoints/step-00000020/model.safetensors", 100);
  const auto summary = resumed.Run();
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->resumed_from, 15);
  ExpectEqualRuns(resumed, whole);
}

// A limit on file size stands for a full disk.
TEST(TrainerFaultsTest, FullDiskIsAnErrorAndFreeingItLetsTheRunGoOn) {
  TinyRun whole(Folder("whole"));
  ASSERT_TRUE(whole.Run().ok());
  const std::string folder = Folder("full");
  struct rlimit old_limit;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  // Room for a checkpoint's optimiser state but not for the page; for the log of a few steps only.
  for (const rlim_t bytes : {rlim_t{1500}, rlim_t{20000}}) {
    TinyRun full(folder);
    full.callbacks.on_record = [&](const StepRecord& record) {
      if (record.step != 3) return;
      struct rlimit limit = {bytes, old_limit.rlim_max};
      EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    };
    const absl::Status status = full.Run().status();
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &old_limit), 0);
    EXPECT_FALSE(status.ok());
    EXPECT_TRUE(absl::StrContains(status.message(), folder)) << status;
  }
  std::signal(SIGXFSZ, old_handler);
  TinyRun resumed(folder);
  ASSERT_TRUE(resumed.Run().ok());
  ExpectEqualRuns(resumed, whole);
}

TEST(TrainerFaultsTest, UnwritableFolderIsRefusedBeforeTraining) {
  TinyRun run("/proc/run");
  const absl::Status status = run.Run().status();
  EXPECT_FALSE(status.ok());
  EXPECT_TRUE(absl::StrContains(status.message(), "/proc/run")) << status;
  EXPECT_EQ(run.model.forwards, 0);
}

constexpr char kChildFolder[] = "ASAP_TRAINER_TEST_CHILD_FOLDER";
constexpr char kChildThreads[] = "ASAP_TRAINER_TEST_CHILD_THREADS";

void Configure(TinyRun& run) {
  run.cases.delay = std::chrono::microseconds(300);
  run.options.steps = 60;
  run.options.schedule.horizon = 60;
  run.options.checkpoint_every_steps = 4;
}

// Not a test of its own: what the next test starts in another process.
TEST(TrainerFaultsTest, ChildOfTheKillTest) {
  if (getenv(kChildFolder) == nullptr) GTEST_SKIP() << "runs only under the kill test";
  TinyRun run(getenv(kChildFolder), atoi(getenv(kChildThreads)));
  Configure(run);
  const auto summary = run.Run();
  ASSERT_TRUE(summary.ok()) << summary.status();
}

TEST(TrainerFaultsTest, KilledAtRandomMomentsEqualsUninterrupted) {
  TinyRun whole(Folder("whole"));
  Configure(whole);
  ASSERT_TRUE(whole.Run().ok());
  const std::string folder = Folder("killed");
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  int kills = 0, kills_after_a_checkpoint = 0;
  for (int round = 0; round < 100; ++round) {
    const size_t wanted_steps = ReproducibleLog(folder).size() + std::uniform_int_distribution<int>(1, 12)(random);
    // Kills early, then leaves it alone.
    const bool spare = kills >= 5;
    const auto patience = std::chrono::microseconds(std::uniform_int_distribution<int>(0, 8000)(random));
    const std::string threads = absl::StrCat(std::uniform_int_distribution<int>(0, 3)(random));
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      // Files that Bazel wants from the test, not from its child.
      for (const char* name : {"TEST_PREMATURE_EXIT_FILE", "XML_OUTPUT_FILE", "GTEST_OUTPUT"}) unsetenv(name);
      setenv(kChildFolder, folder.c_str(), 1);
      setenv(kChildThreads, threads.c_str(), 1);
      execl("/proc/self/exe", "child", "--gtest_filter=TrainerFaultsTest.ChildOfTheKillTest", nullptr);
      _exit(127);
    }
    // Some steps further on, and somewhere within a step or a checkpoint.
    int status = 0;
    bool ended = false;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!ended && (spare || (ReproducibleLog(folder).size() < wanted_steps && std::chrono::steady_clock::now() < deadline))) {
      ended = waitpid(child, &status, WNOHANG) == child;
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    if (!ended) {
      std::this_thread::sleep_for(patience);
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
    }
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
      ++kills;
      const auto latest = FindLatestCheckpoint(folder + "/checkpoints");
      kills_after_a_checkpoint += latest.ok() && latest->has_value();
      continue;
    }
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    break;
  }
  EXPECT_GE(kills_after_a_checkpoint, 2) << "of " << kills << " kills; or the test has tested nothing";
  EXPECT_EQ(ReproducibleLog(folder), ReproducibleLog(whole.options.output_dir));
  const auto latest = FindLatestCheckpoint(folder + "/checkpoints");
  ASSERT_TRUE(latest.ok() && latest->has_value());
  EXPECT_EQ((*latest)->state.step, 60);
  for (const char* file : {kModelFile, kOptimizerFile}) {
    const std::string name = absl::StrCat("/checkpoints/step-00000060/", file);
    EXPECT_EQ(*ReadFile(folder + name), *ReadFile(whole.options.output_dir + name)) << file << " differs";
  }
}

}  // namespace
}  // namespace asap
