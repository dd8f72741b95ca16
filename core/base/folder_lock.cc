#include "core/base/folder_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/base/log.h"
#include "core/base/status.h"

namespace asap {
namespace {

constexpr char kFile[] = "/.asap";
// A process that does a share holds the folder alone for a moment, until it has written what it shares; and a reader that a
// killed process started lives a moment longer than that.
constexpr std::chrono::milliseconds kLongestMoment{500};
constexpr std::chrono::milliseconds kPause{20};

// What the lock's file says, a word and its value a line.
struct Contents {
  std::vector<std::string> programs;
  std::string shares;   // into how many the work is divided, or empty
  std::string process;  // the last that held the folder alone, until it ends in order
};

Contents Read(int file) {
  std::string text(1 << 16, '\0');
  const ssize_t count = pread(file, text.data(), text.size(), 0);
  text.resize(std::max<ssize_t>(0, count));
  Contents contents;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (absl::ConsumePrefix(&line, "program ")) contents.programs.emplace_back(line);
    if (absl::ConsumePrefix(&line, "shares ")) contents.shares = std::string(line);
    if (absl::ConsumePrefix(&line, "process ")) contents.process = std::string(line);
  }
  return contents;
}

// The text is written in one call, so that a kill leaves all of it. A file that only another user may write stays as it is: the
// lock counts, not its words.
void Write(int file, const Contents& contents) {
  std::string text;
  for (const std::string& program : contents.programs) absl::StrAppend(&text, "program ", program, "\n");
  if (!contents.shares.empty()) absl::StrAppend(&text, "shares ", contents.shares, "\n");
  if (!contents.process.empty()) absl::StrAppend(&text, "process ", contents.process, "\n");
  const ssize_t written = pwrite(file, text.data(), text.size(), 0);
  if (written < 0 || ftruncate(file, written) != 0) return;
}

std::string ThisProcess() {
  char host[256] = "";
  if (gethostname(host, sizeof(host) - 1) != 0) host[0] = '\0';
  return absl::StrCat(getpid(), host[0] == '\0' ? "" : " on ", host);
}

int OpenLockFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  return file >= 0 ? file : open(path.c_str(), O_RDONLY | O_CLOEXEC);
}

// 0 where it was taken, otherwise errno: EWOULDBLOCK where another holds it.
int TryLock(int file, int kind) {
  while (flock(file, kind | LOCK_NB) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<FolderLock>> FolderLock::Take(const std::string& folder, WorkShare share) {
  std::unique_ptr<FolderLock> lock(new FolderLock(folder));
  ASAP_RETURN_IF_ERROR(lock->TakeFolder(share));
  if (share.count > 1 && lock->file_ >= 0) ASAP_RETURN_IF_ERROR(lock->TakeShare(share));
  return lock;
}

absl::Status FolderLock::TakeFolder(WorkShare share) {
  file_ = OpenLockFile(folder_ + kFile);
  if (file_ < 0) {
    WarnWithout(errno);
    return absl::OkStatus();
  }
  const std::string shares = share.count > 1 ? absl::StrCat(share.count) : "";
  const auto latest = std::chrono::steady_clock::now() + kLongestMoment;
  while (true) {
    int error = TryLock(file_, LOCK_EX);
    if (error == 0) {
      Contents contents = Read(file_);
      contents.shares = shares;
      contents.process = ThisProcess();
      Write(file_, contents);
      alone_ = shares.empty();
      if (!alone_) error = TryLock(file_, LOCK_SH);
      if (error == 0) return absl::OkStatus();
    } else if (error == EWOULDBLOCK && !shares.empty()) {
      error = TryLock(file_, LOCK_SH);
      if (error == 0) return Read(file_).shares == shares ? absl::OkStatus() : Busy(file_);
    }
    if (error != EWOULDBLOCK) {
      WarnWithout(error);
      close(file_);
      file_ = -1;
      return absl::OkStatus();
    }
    if (std::chrono::steady_clock::now() > latest) return Busy(file_);
    std::this_thread::sleep_for(kPause);
  }
}

absl::Status FolderLock::TakeShare(WorkShare share) {
  share_file_ = OpenLockFile(absl::StrCat(folder_, kFile, "-", share.index, "-of-", share.count));
  if (share_file_ < 0) {
    WarnWithout(errno);
    return absl::OkStatus();
  }
  int error = TryLock(share_file_, LOCK_EX);
  for (auto waited = kPause; error == EWOULDBLOCK && waited < kLongestMoment; waited += kPause) {
    std::this_thread::sleep_for(kPause);
    error = TryLock(share_file_, LOCK_EX);
  }
  if (error == EWOULDBLOCK) return Busy(share_file_);
  if (error != 0) {
    WarnWithout(error);
  } else {
    Write(share_file_, {.process = ThisProcess()});
  }
  return absl::OkStatus();
}

absl::Status FolderLock::Busy(int file) const {
  const Contents contents = Read(file);
  return absl::FailedPreconditionError(absl::StrCat(
      "another process works in ", folder_, contents.process.empty() ? "" : absl::StrCat(" (process ", contents.process, ")"),
      contents.shares.empty() ? "" : absl::StrCat(" on work in ", contents.shares, " shares"),
      ". Wait until it has ended, or choose another folder."));
}

void FolderLock::WarnWithout(int error) const {
  LogWarning(absl::StrCat("warning: ", folder_, " cannot be locked (", strerror(error),
                          "). Remedy: see to it that no other process writes there until this one has ended."));
}

bool FolderLock::IsSigned(const std::string& folder, const std::string& program) {
  const int file = open((folder + kFile).c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const Contents contents = Read(file);
  close(file);
  return std::find(contents.programs.begin(), contents.programs.end(), program) != contents.programs.end();
}

void FolderLock::Sign(const std::string& program) {
  if (file_ < 0) return;
  Contents contents = Read(file_);
  if (std::find(contents.programs.begin(), contents.programs.end(), program) != contents.programs.end()) return;
  contents.programs.push_back(program);
  Write(file_, contents);
}

FolderLock::~FolderLock() {
  if (share_file_ >= 0) close(share_file_);
  if (file_ < 0) return;
  if (alone_) Write(file_, {.programs = Read(file_).programs});
  close(file_);
}

}  // namespace asap
