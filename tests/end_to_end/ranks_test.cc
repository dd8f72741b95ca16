// tools:pretrain by several processes, as a launcher starts them.
#include <fcntl.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/distributed/ranks_for_testing.h"
#include "core/train/jsonl_log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/end_to_end/small_model.h"

namespace asap {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Temporary(const std::string& name) {
  return absl::StrCat(testing::TempDir(), "/", testing::UnitTest::GetInstance()->current_test_info()->name(), "/", name);
}

struct Job {
  int64_t world = 2;
  std::string output_dir;
  std::vector<std::string> flags;
  std::map<std::string, std::string> environment;  // of all ranks
  std::vector<std::string> last_rank_flags;        // besides, of the last rank
};

std::string Messages(const Job& job, int64_t rank) { return absl::StrCat(job.output_dir, "-", job.world, "-", rank, ".txt"); }

// Children that have become tools:pretrain.
Ranks Start(const Job& job) {
  fs::create_directories(fs::path(job.output_dir).parent_path());
  const std::string program = *Runfile("asap/tools/pretrain/pretrain");
  return Ranks(job.world, [&](const LaunchEnvironment& launch) -> std::string {
    if (job.world > 1) {
      setenv("RANK", absl::StrCat(launch.rank).c_str(), 1);
      setenv("WORLD_SIZE", absl::StrCat(launch.world).c_str(), 1);
      setenv("MASTER_ADDR", launch.address.c_str(), 1);
      setenv("MASTER_PORT", absl::StrCat(launch.port).c_str(), 1);
    }
    for (const auto& [name, value] : job.environment) setenv(name.c_str(), value.c_str(), 1);
    std::vector<std::string> words =
        SmallModel({"--data_options=cases=40", "--text_length=96", "--vocabulary=200", "--steps=8", "--batch_size=2",
                    "--log_every=1", "--checkpoint_every=2", absl::StrCat("--output_dir=", job.output_dir)});
    words.insert(words.begin(), program);
    words.insert(words.end(), job.flags.begin(), job.flags.end());
    if (launch.rank == job.world - 1) words.insert(words.end(), job.last_rank_flags.begin(), job.last_rank_flags.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const int log = open(Messages(job, launch.rank).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  });
}

void RunJob(const Job& job) {
  Ranks ranks = Start(job);
  for (int64_t rank = 0; rank < job.world; ++rank) {
    EXPECT_EQ(ranks.Wait(rank).exit_code, 0) << ReadFile(Messages(job, rank)).value_or("");
  }
}

void ExpectSameLosses(const std::string& one, const std::string& other, size_t terms = 4) {
  const auto a = *ReadJsonlLog(one + "/log.jsonl"), b = *ReadJsonlLog(other + "/log.jsonl");
  ASSERT_EQ(a.size(), 8);
  ASSERT_EQ(b.size(), 8);
  for (size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].terms.size(), terms);
    ASSERT_EQ(b[i].terms.size(), terms);
    for (size_t term = 0; term < terms; ++term) {
      EXPECT_EQ(a[i].terms[term].first, b[i].terms[term].first);
      // Adam's first steps divide tiny gradients by tiny gradients, which makes rounding larger than it is in the losses.
      EXPECT_NEAR(a[i].terms[term].second, b[i].terms[term].second, 1e-4 * std::abs(a[i].terms[term].second)) << i;
    }
  }
}

TEST(PretrainRanks, TwoProcessesLearnWhatOneLearnsAndOnlyTheFirstWritesAndSpeaks) {
  const Job one{.world = 1, .output_dir = Temporary("one"), .flags = {"--accumulate=2"}};
  const Job two{.world = 2, .output_dir = Temporary("two")};
  RunJob(one);
  RunJob(two);
  ExpectSameLosses(one.output_dir, two.output_dir);
  EXPECT_TRUE(fs::exists(two.output_dir + "/encoder.safetensors"));
  EXPECT_THAT(*ReadFile(Messages(two, 0)), HasSubstr("processes  2 on "));
  EXPECT_THAT(*ReadFile(Messages(two, 0)), HasSubstr("8 steps of 4 cases"));
  EXPECT_EQ(*ReadFile(Messages(two, 1)), "");
}

TEST(PretrainRanks, TheNegativesOfAContrastDoNotDependOnTheNumberOfProcesses) {
  const Job one{.world = 1, .output_dir = Temporary("one"), .flags = {"--losses=global", "--accumulate=2"}};
  const Job two{.world = 2, .output_dir = Temporary("two"), .flags = {"--losses=global"}};
  RunJob(one);
  RunJob(two);
  ExpectSameLosses(one.output_dir, two.output_dir, /*terms=*/1);
}

TEST(PretrainRanks, AKilledRankIsNamedAndOneProcessGoesOn) {
  const Job whole{.world = 1, .output_dir = Temporary("whole"), .flags = {"--accumulate=2"}};
  RunJob(whole);
  Job job{.world = 2, .output_dir = Temporary("job"), .flags = {"--rank_timeout=20"}};
  {
    Ranks ranks = Start(job);
    while (!fs::exists(job.output_dir + "/checkpoints/step-00000002")) usleep(10000);
    kill(ranks.pid(1), SIGKILL);
    EXPECT_EQ(ranks.Wait(0).exit_code, 1);
    EXPECT_THAT(*ReadFile(Messages(job, 0)), HasSubstr("rank 1 (host "));
    EXPECT_THAT(*ReadFile(Messages(job, 0)), HasSubstr("has stopped: its process is gone or halted"));
  }
  job.world = 1;
  {
    Ranks refused = Start(job);
    EXPECT_EQ(refused.Wait(0).exit_code, 1);
    EXPECT_THAT(*ReadFile(Messages(job, 0)), HasSubstr("with 1 process that is --accumulate=2"));
  }
  job.flags.push_back("--accumulate=2");
  RunJob(job);
  ExpectSameLosses(whole.output_dir, job.output_dir);
}

// What two ranks must share is compared before they exchange anything by it.
TEST(PretrainRanks, OtherSettingsOrCasesOfARankAreNamed) {
  const std::vector<std::pair<std::string, std::string>> settings = {
      {"--losses=image", "--losses"}, {"--vocabulary=150", "--vocabulary"}, {"--data_options=cases=41", "--data_options"},
      {"--dry_run", "--dry_run"},     {"--volume=64x32x16", "--volume"},
  };
  for (const auto& [flag, name] : settings) {
    const Job job{.world = 2, .output_dir = Temporary(name.substr(2)), .flags = {"--rank_timeout=20"}, .last_rank_flags = {flag}};
    Ranks ranks = Start(job);
    for (int64_t rank = 0; rank < 2; ++rank) {
      EXPECT_NE(ranks.Wait(rank).exit_code, 0) << flag;
      EXPECT_THAT(*ReadFile(Messages(job, rank)), HasSubstr(name + " ")) << flag;
      EXPECT_THAT(*ReadFile(Messages(job, rank)), HasSubstr("than rank 0")) << flag;
    }
  }
}

TEST(PretrainRanks, AHalfSetEnvironmentIsAWrongCall) {
  const Job job{.world = 1, .output_dir = Temporary("job"), .environment = {{"RANK", "0"}, {"WORLD_SIZE", "2"}}};
  Ranks ranks = Start(job);
  EXPECT_EQ(ranks.Wait(0).exit_code, 2);
  EXPECT_THAT(*ReadFile(Messages(job, 0)), HasSubstr("lacks MASTER_ADDR, MASTER_PORT"));
}

}  // namespace
}  // namespace asap
