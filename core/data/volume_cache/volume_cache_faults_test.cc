// What damage, a full disk, a vanished source, and processes that die or do the same work at once do to the cache: nothing.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/data/volume_cache/cache_testing.h"

namespace asap {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Runs `work` in a process of its own; its exit status.
int InProcess(const std::function<int()>& work) {
  const pid_t child = fork();
  if (child == 0) _exit(work());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool SameThrough(VolumeCache& cache, const std::string& path, const std::vector<int16_t>& expected) {
  const auto source = cache.Open(path, {});
  if (!source.ok()) return false;
  std::vector<int16_t> voxels((*source)->geometry().voxels());
  return (*source)->Read({{0, 0, 0}, (*source)->geometry().size}, absl::MakeSpan(voxels)).ok() && voxels == expected;
}

class VolumeCacheFaultsTest : public testing::Test {
 protected:
  // One entry, and its bytes.
  std::string MakeEntry() {
    ReadThrough(*OpenCache(cache_), path_);
    const std::vector<std::string> entries = Entries(cache_);
    EXPECT_THAT(entries, SizeIs(1));
    return entries.at(0);
  }

  const std::string folder_ = TestFolder();
  const std::string cache_ = folder_ + "/cache";
  const std::string path_ = WriteNoisy(folder_ + "/a.nii.gz", {48, 40, 32}, 1);
  const std::vector<int16_t> expected_ = ReadDirectly(path_);
};

TEST_F(VolumeCacheFaultsTest, ADamagedEntryIsNamedRemovedAndMadeAgain) {
  const std::string entry = MakeEntry();
  const std::string whole = *ReadFile(entry);
  const auto flipped = [&](size_t byte) {
    std::string bytes = whole;
    bytes[byte] ^= 4;
    return bytes;
  };
  const std::vector<std::string> damages = {"",
                                            whole.substr(0, 100),
                                            whole.substr(0, 4096),
                                            whole.substr(0, whole.size() - 1),
                                            whole + "x",
                                            std::string(whole.size(), '\0'),
                                            flipped(0),                  // magic
                                            flipped(8),                  // version
                                            flipped(20),                 // key
                                            flipped(40),                 // size
                                            flipped(60),                 // spacing
                                            flipped(260),                // table
                                            flipped(4096),               // first voxel
                                            flipped(whole.size() / 2),   // some voxel
                                            flipped(whole.size() - 1)};  // last voxel
  for (size_t i = 0; i < damages.size(); ++i) {
    ASSERT_TRUE(WriteFileAtomically(entry, damages[i]).ok());
    const auto cache = OpenCache(cache_);
    testing::internal::CaptureStderr();
    EXPECT_EQ(ReadThrough(*cache, path_), expected_) << i;
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr(entry)) << i;
    EXPECT_EQ(cache->statistics().damaged, 1) << i;
    EXPECT_EQ(*ReadFile(entry), whole) << i;
  }
}

TEST_F(VolumeCacheFaultsTest, DamageOutsideACropIsNotRead) {
  const std::string entry = MakeEntry();
  std::string bytes = *ReadFile(entry);
  bytes.back() ^= 1;  // in the last slab
  ASSERT_TRUE(WriteFileAtomically(entry, bytes).ok());
  const auto cache = OpenCache(cache_);
  const auto source = cache->Open(path_, {});
  std::vector<int16_t> voxels(10 * 40 * 32);
  ASSERT_TRUE((*source)->Read({{0, 0, 0}, {10, 40, 32}}, absl::MakeSpan(voxels)).ok());
  EXPECT_EQ(cache->statistics().damaged, 0);
  EXPECT_EQ(AllVoxels(**source), expected_);
  EXPECT_EQ(cache->statistics().damaged, 1);
}

TEST_F(VolumeCacheFaultsTest, DamageWithoutASourceIsAnError) {
  const std::string entry = MakeEntry();
  const auto cache = OpenCache(cache_);
  ReadThrough(*cache, path_);
  std::string bytes = *ReadFile(entry);
  bytes[5000] ^= 1;
  ASSERT_TRUE(WriteFileAtomically(entry, bytes).ok());
  fs::remove(path_);
  const auto source = cache->Open(path_, {});
  ASSERT_TRUE(source.ok()) << source.status();
  std::vector<int16_t> voxels(expected_.size());
  const absl::Status status = (*source)->Read({{0, 0, 0}, {48, 40, 32}}, absl::MakeSpan(voxels));
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(path_));
}

TEST_F(VolumeCacheFaultsTest, AVanishedSourceIsServedFromItsEntry) {
  const auto cache = OpenCache(cache_);
  ReadThrough(*cache, path_);
  fs::rename(path_, path_ + ".away");
  EXPECT_EQ(ReadThrough(*cache, path_), expected_);
  EXPECT_NE(cache->Find(path_, {}), nullptr);
  ASSERT_TRUE(CacheFolder(cache_).EvictTo(0).ok());
  const auto gone = cache->Open(path_, {});
  EXPECT_TRUE(absl::IsNotFound(gone.status()));
  EXPECT_THAT(std::string(gone.status().message()), HasSubstr(path_));
  // A process that has never seen the file does not know what it held.
  fs::rename(path_ + ".away", path_);
  ReadThrough(*cache, path_);
  fs::remove(path_);
  EXPECT_TRUE(absl::IsNotFound(OpenCache(cache_)->Open(path_, {}).status()));
}

// A limit on the size of files stands for a full disk: writing fails part of the way through.
TEST_F(VolumeCacheFaultsTest, AFullDiskCostsOnlyTime) {
  MakeEntry();
  const std::string other = WriteNoisy(folder_ + "/b.nii.gz", {48, 40, 32}, 2);
  const std::vector<int16_t> expected_other = ReadDirectly(other);
  const std::string said = folder_ + "/said";
  EXPECT_EQ(InProcess([&] {
              signal(SIGXFSZ, SIG_IGN);
              const auto cache = OpenCache(cache_);
              const int file = open(said.c_str(), O_WRONLY | O_CREAT, 0600);
              if (file < 0 || dup2(file, STDERR_FILENO) < 0) return 2;
              const struct rlimit limit = {.rlim_cur = 50'000, .rlim_max = 50'000};
              if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 3;
              for (int time = 0; time < 3; ++time) {
                if (!SameThrough(*cache, path_, expected_) || !SameThrough(*cache, other, expected_other)) return 4;
              }
              const VolumeCacheStatistics statistics = cache->statistics();
              return statistics.hits == 3 && statistics.misses == 3 && statistics.stored == 0 ? 0 : 5;
            }),
            0);
  EXPECT_THAT(Entries(cache_), SizeIs(1));
  EXPECT_THAT(FilesWith(cache_, ".partial-"), IsEmpty());
  const std::string warning = *ReadFile(said);
  EXPECT_THAT(warning, HasSubstr("Free disk space"));
  EXPECT_EQ(warning.find("stores no more"), warning.rfind("stores no more"));
}

class ManyVolumesTest : public testing::Test {
 protected:
  ManyVolumesTest() {
    for (int i = 0; i < 4; ++i) {
      paths_.push_back(WriteNoisy(absl::StrCat(folder_, "/", i, ".nii.gz"), {96, 96, 40}, i));
      expected_.push_back(ReadDirectly(paths_.back()));
    }
  }

  // Every entry that is there is whole and right; the number of them.
  size_t ExpectWholeEntries() {
    const std::vector<std::string> entries = Entries(cache_);
    for (const std::string& path : entries) {
      const std::string hex = fs::path(path).stem().string();
      const Hash128 key = {.high = std::stoull(hex.substr(0, 16), nullptr, 16), .low = std::stoull(hex.substr(16), nullptr, 16)};
      const auto entry = Entry::Open(path, key);
      EXPECT_TRUE(entry.ok()) << entry.status();
      if (!entry.ok()) continue;
      CheckedSlabs checked((*entry)->geometry().size[0]);
      EXPECT_TRUE((*entry)->Check(0, (*entry)->geometry().size[0], checked).ok());
    }
    return entries.size();
  }

  const std::string folder_ = TestFolder();
  const std::string cache_ = folder_ + "/cache";
  std::vector<std::string> paths_;
  std::vector<std::vector<int16_t>> expected_;
};

TEST_F(ManyVolumesTest, ProcessesMayFillTheSameEntriesAtOnce) {
  std::vector<pid_t> children;
  for (int process = 0; process < 4; ++process) {
    children.push_back(fork());
    if (children.back() != 0) continue;
    // A quota of three entries: they also remove each other's.
    const auto cache = OpenCache(cache_, process % 2 == 0 ? int64_t{1} << 30 : 3 * (4096 + 2 * 96 * 96 * 40));
    bool same = true;
    for (int time = 0; time < 3; ++time) {
      for (size_t i = 0; i < paths_.size(); ++i) same = same && SameThrough(*cache, paths_[i], expected_[i]);
    }
    _exit(same && cache->statistics().damaged == 0 ? 0 : 1);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  ExpectWholeEntries();
  EXPECT_THAT(FilesWith(cache_, ".partial-"), IsEmpty());
}

TEST_F(ManyVolumesTest, AKillAtAnyMomentLeavesNoWrongEntry) {
  CounterRng rng(20, "kill");
  size_t found = 0, unfinished = 0;
  for (int kill_number = 0; kill_number < 30; ++kill_number) {
    const pid_t child = fork();
    if (child == 0) {
      while (true) {  // makes all entries, again and again
        const auto cache = OpenCache(cache_);
        for (const std::string& path : paths_) cache->Open(path, {}).status().IgnoreError();
        CacheFolder(cache_).EvictTo(0).status().IgnoreError();
      }
    }
    usleep(static_cast<useconds_t>(rng.UniformInt(1'000, 80'000)));  // not waiting for anything: the moment of the kill
    ASSERT_EQ(kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    if (!fs::exists(cache_)) continue;
    unfinished += FilesWith(cache_, ".partial-").size();
    found += ExpectWholeEntries();
    const auto cache = OpenCache(cache_);
    for (size_t i = 0; i < paths_.size(); ++i) EXPECT_EQ(ReadThrough(*cache, paths_[i]), expected_[i]);
    EXPECT_EQ(cache->statistics().damaged, 0);
    CacheFolder(cache_).Scan();
    EXPECT_THAT(FilesWith(cache_, ".partial-"), IsEmpty());
    ASSERT_TRUE(CacheFolder(cache_).EvictTo(0).ok());
  }
  EXPECT_GT(found + unfinished, 0u);  // the kills came while there was something to break
}

}  // namespace
}  // namespace asap
