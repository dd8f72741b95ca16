// A run that is killed at any moment, and started again, leaves what a run leaves that nobody killed.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/random.h"
#include "core/imaging/formats/write_nifti.h"
#include "gtest/gtest.h"
#include "tools/preprocess/run.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

// Every file below the folder, by its path within.
std::map<std::string, std::string> Contents(const std::string& folder) {
  std::map<std::string, std::string> contents;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) contents[fs::relative(entry.path(), folder).string()] = ReadFile(entry.path().string()).value();
  }
  return contents;
}

TEST(KillTest, ResumesToTheSameFiles) {
  const std::string root = testing::TempDir() + "/killed";
  for (int scan = 0; scan < 6; ++scan) {
    Volume<int16_t> volume;
    volume.geometry = {.size = {60, 60, 30}, .spacing = {1, 1, 2.5}, .direction = {-1, 0, 0, 0, -1, 0, 0, 0, 1}};
    Volume<uint8_t> mask;
    mask.geometry = volume.geometry;
    CounterRng rng(scan);
    for (int64_t i = 0; i < volume.geometry.voxels(); ++i) {
      const double where = rng.Uniform();
      volume.voxels.push_back(static_cast<int16_t>(where < 0.5 ? -1000 : where < 0.6 ? -100 : 40 + 100 * rng.Uniform()));
      mask.voxels.push_back(volume.voxels.back() > 0 ? 2 : 0);
    }
    fs::create_directories(root + "/scans");
    fs::create_directories(root + "/masks");
    ASSERT_TRUE(WriteNifti(absl::StrCat(root, "/scans/", scan, ".nii.gz"), volume).ok());
    ASSERT_TRUE(WriteNifti(absl::StrCat(root, "/masks/", scan, ".nii.gz"), mask).ok());
  }
  PreprocessRun run;
  run.input = root + "/scans";
  run.masks = root + "/masks";
  run.output = root + "/whole";
  run.threads = 2;
  ASSERT_TRUE(RunPreprocess(run).ok());
  const std::map<std::string, std::string> expected = Contents(run.output);
  ASSERT_GE(expected.size(), 6u * 3 + 1);

  run.output = root + "/killed";
  CounterRng rng(30, "kill");
  int cut_short = 0;
  for (int round = 0; round < 30; ++round) {
    fs::remove_all(run.output);
    const pid_t child = fork();
    if (child == 0) _exit(RunPreprocess(run).ok() ? 0 : 1);
    usleep(static_cast<useconds_t>(rng.UniformInt(1'000, 60'000)));  // not waiting for anything: the moment of the kill
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    cut_short += WIFSIGNALED(status) ? 1 : 0;
    const auto summary = RunPreprocess(run);
    ASSERT_TRUE(summary.ok()) << summary.status();
    EXPECT_EQ(summary->done + summary->done_before, 6);
    EXPECT_EQ(Contents(run.output), expected) << "round " << round;
  }
  EXPECT_GT(cut_short, 0);
}

}  // namespace
}  // namespace asap
