#include "core/base/folder_lock.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/output_folder.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

class FolderLockTest : public testing::Test {
 protected:
  FolderLockTest()
      : folder_(absl::StrCat(testing::TempDir(), "/", testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  const std::string folder_;
};

TEST_F(FolderLockTest, TheSecondHearsWhoIsThere) {
  auto first = FolderLock::Take(folder_);
  ASSERT_TRUE(first.ok()) << first.status();
  for (const WorkShare share : {WorkShare{}, WorkShare{0, 2}}) {
    const absl::Status second = FolderLock::Take(folder_, share).status();
    EXPECT_EQ(second.code(), absl::StatusCode::kFailedPrecondition) << second;
    EXPECT_TRUE(absl::StrContains(second.message(), absl::StrCat("another process works in ", folder_, " (process ", getpid())))
        << second;
  }
  first->reset();
  EXPECT_TRUE(FolderLock::Take(folder_).ok());
}

TEST_F(FolderLockTest, ItDiesWithItsProcess) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto lock = FolderLock::Take(folder_);
    if (write(ready[1], lock.ok() ? "y" : "n", 1) == 1) pause();
    _exit(1);
  }
  char answer = 0;
  ASSERT_EQ(read(ready[0], &answer, 1), 1);
  ASSERT_EQ(answer, 'y');
  EXPECT_TRUE(absl::StrContains(FolderLock::Take(folder_).status().message(), absl::StrCat("process ", child)));
  kill(child, SIGKILL);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(FolderLock::Take(folder_).ok());
}

TEST_F(FolderLockTest, SharesOfOneCountWorkSideBySide) {
  auto first = FolderLock::Take(folder_, {0, 2}), second = FolderLock::Take(folder_, {1, 2});
  ASSERT_TRUE(first.ok() && second.ok()) << first.status() << second.status();
  EXPECT_FALSE(FolderLock::Take(folder_, {1, 2}).ok());  // that share is being done
  EXPECT_FALSE(FolderLock::Take(folder_, {2, 3}).ok());  // which may be the same cases
  EXPECT_FALSE(FolderLock::Take(folder_).ok());
  first->reset();
  EXPECT_FALSE(FolderLock::Take(folder_).ok());
  EXPECT_TRUE(FolderLock::Take(folder_, {0, 2}).ok());
  second->reset();
  EXPECT_TRUE(FolderLock::Take(folder_, {2, 3}).ok());
  EXPECT_TRUE(FolderLock::Take(folder_).ok());
}

TEST_F(FolderLockTest, WhereNoLockCanLieTheWorkGoesOn) {
  fs::create_symlink("/no/such/folder/file", folder_ + "/.asap");
  testing::internal::CaptureStderr();
  const auto lock = FolderLock::Take(folder_);
  EXPECT_TRUE(absl::StrContains(testing::internal::GetCapturedStderr(), "cannot be locked"));
  ASSERT_TRUE(lock.ok()) << lock.status();
  EXPECT_FALSE((*lock)->held());
  (*lock)->Sign("pretrain");
  EXPECT_FALSE(FolderLock::IsSigned(folder_, "pretrain"));
}

TEST_F(FolderLockTest, FilesOfOthersAreNotReplaced) {
  const OutputUse use{.program = "pretrain", .writes = {"index.html", "log.jsonl"}, .records = {"run.flags"}};
  std::ofstream(folder_ + "/notes.txt") << "mine";
  EXPECT_TRUE(TakeOutputFolder(folder_ + "/new/deep", use).ok());
  std::ofstream(folder_ + "/log.jsonl") << "mine";
  for (int once_more = 0; once_more < 2; ++once_more) {  // the first refusal does not make it ours
    const absl::Status status = TakeOutputFolder(folder_, use).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(absl::StrContains(status.message(), "log.jsonl")) << status;
  }
  // Another program that writes other names may, and does not vouch for this one.
  EXPECT_TRUE(TakeOutputFolder(folder_, {.program = "export", .writes = {"README.md"}}).ok());
  EXPECT_FALSE(TakeOutputFolder(folder_, use).ok());
  // The folder of an earlier run: of this version, and of one that did not sign.
  fs::remove(folder_ + "/log.jsonl");
  ASSERT_TRUE(TakeOutputFolder(folder_, use).ok());
  std::ofstream(folder_ + "/log.jsonl") << "ours";
  EXPECT_TRUE(TakeOutputFolder(folder_, use).ok());
  fs::remove(folder_ + "/.asap");
  std::ofstream(folder_ + "/run.flags") << "ours";
  EXPECT_TRUE(TakeOutputFolder(folder_, use).ok());
}

TEST_F(FolderLockTest, AProgramMayNeedAFolderOfItsOwn) {
  const OutputUse use{.program = "phantom"};
  ASSERT_TRUE(TakeOutputFolder(folder_, use).ok());
  std::ofstream(folder_ + "/pairs.csv") << "ours";
  EXPECT_TRUE(TakeOutputFolder(folder_, use).ok());
  fs::remove(folder_ + "/.asap");
  std::ofstream(folder_ + "/.hidden") << "of the file manager";
  const absl::Status status = TakeOutputFolder(folder_, use).status();
  EXPECT_TRUE(absl::StrContains(status.message(), "pairs.csv")) << status;
}

}  // namespace
}  // namespace asap
