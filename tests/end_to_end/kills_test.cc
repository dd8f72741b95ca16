// kill -9 at random moments of tools:pretrain: ten while it trains, ten while it fills the volume cache as well. The same command
// typed again must end in the same bits as if nothing had happened.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/imaging/formats/write_nifti.h"
#include "datasets/phantom/phantom.h"
#include "gtest/gtest.h"
#include "tests/end_to_end/program.h"
#include "tests/end_to_end/small_model.h"

namespace asap {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int kKills = 10;
constexpr char kPretrain[] = "asap/tools/pretrain/pretrain";

std::string Temporary(const std::string& name) { return absl::StrCat(testing::TempDir(), "/", name); }

// Every file below a folder that `wanted` accepts, by relative path.
std::map<std::string, std::string> Contents(const std::string& folder, const std::function<bool(const std::string&)>& wanted) {
  std::map<std::string, std::string> contents;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = fs::relative(entry.path(), folder).string();
    if (entry.is_regular_file() && wanted(name)) contents[name] = ReadFile(entry.path().string()).value_or("unreadable");
  }
  return contents;
}

void ExpectEqualFolders(const std::map<std::string, std::string>& found, const std::map<std::string, std::string>& expected) {
  for (const auto& [name, bytes] : expected) {
    const auto same = found.find(name);
    ASSERT_TRUE(same != found.end()) << name << " is missing";
    EXPECT_TRUE(same->second == bytes) << name << " differs";
  }
  EXPECT_EQ(found.size(), expected.size());
}

// Repeats a command, killing it at a random moment of the time that a whole run takes, until it has been killed `kKills` times;
// then lets it end. `start_over` is called when the command had ended before its moment came.
void KillAndRepeat(const std::vector<std::string>& arguments, Clock::duration whole, const std::function<void()>& start_over) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  int kills = 0;
  for (int round = 0; kills < kKills; ++round) {
    ASSERT_LT(round, 6 * kKills) << "only " << kills << " runs were killed";
    const auto moment = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                           whole * std::uniform_real_distribution<double>(0.1, 1.0)(random));
    const ProgramResult run = RunProgram(kPretrain, arguments, {.kill_when = [&] { return Clock::now() >= moment; }});
    if (run.exit_code == 128 + SIGKILL) {
      ++kills;
    } else {
      ASSERT_EQ(run.exit_code, 0) << run.errors;
      start_over();
    }
  }
  const ProgramResult last = RunProgram(kPretrain, arguments);
  ASSERT_EQ(last.exit_code, 0) << last.errors;
}

// How long a command takes.
Clock::duration Timed(const std::vector<std::string>& arguments) {
  const Clock::time_point begin = Clock::now();
  const ProgramResult run = RunProgram(kPretrain, arguments);
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  return Clock::now() - begin;
}

std::vector<std::string> Training(const std::string& output_dir, const std::vector<std::string>& more) {
  std::vector<std::string> flags =
      SmallModel({"--text_length=64", "--vocabulary=150", "--batch_size=2", "--log_every=1", "--checkpoint_every=1",
                  "--keep_checkpoints=1", "--compute_threads=1", absl::StrCat("--output_dir=", output_dir)});
  flags.insert(flags.end(), more.begin(), more.end());
  return flags;
}

bool IsWeights(const std::string& name) { return absl::EndsWith(name, ".safetensors"); }

// Phantom scans, compressed, at `size`; the tables of training name them.
void WriteScans(const std::string& folder, int64_t cases, const Index3& size) {
  fs::create_directories(folder);
  const auto dataset = phantom::PhantomDataset::Create({.cases = cases, .size = size});
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  std::string table = "volume,findings,impression,patient\n";
  for (int64_t i = 0; i < cases; ++i) {
    ASSERT_TRUE(WriteNifti(absl::StrCat(folder, "/scan", i, ".nii.gz"), (*dataset)->Rendered(i)->volume).ok());
    absl::StrAppend(&table, "scan", i, ".nii.gz,Case ", i, ". No nodule is seen. Heart size is normal.,Normal.,p", i, "\n");
  }
  ASSERT_TRUE(WriteFileAtomically(folder + "/table.csv", table).ok());
}

TEST(Kills, DuringTraining) {
  const std::vector<std::string> more = {"--data_options=cases=20", "--steps=24"};
  const std::string whole = Temporary("trained"), killed = Temporary("trained-killed");
  const Clock::duration duration = Timed(Training(whole, more));
  KillAndRepeat(Training(killed, more), duration, [&] { fs::remove_all(killed); });
  ExpectEqualFolders(Contents(killed, IsWeights), Contents(whole, IsWeights));
}

TEST(Kills, WhileCaching) {
  const std::string scans = Temporary("cached-scans"), cache = Temporary("cache");
  ASSERT_NO_FATAL_FAILURE(WriteScans(scans, 8, {96, 96, 48}));
  const std::vector<std::string> data = {"--data=pairs", absl::StrCat("--pairs=", scans, "/table.csv"), "--steps=6"};
  std::vector<std::string> without = data, with = data;
  without.push_back("--cache_dir=none");
  with.push_back("--cache_dir=" + cache);
  const std::string whole = Temporary("uncached"), killed = Temporary("cached");
  const Clock::duration duration = Timed(Training(whole, without));
  KillAndRepeat(Training(killed, with), duration, [&] {
    fs::remove_all(killed);
    fs::remove_all(cache);
  });
  ExpectEqualFolders(Contents(killed, IsWeights), Contents(whole, IsWeights));
}

}  // namespace
}  // namespace asap
