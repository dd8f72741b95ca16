// Keeps two processes from writing into one folder at a time, and remembers which programs have written there.
#ifndef ASAP_CORE_BASE_FOLDER_LOCK_H_
#define ASAP_CORE_BASE_FOLDER_LOCK_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace asap {

// Share `index` of `count` of the work in one folder, each done by a process of its own.
struct WorkShare {
  int index = 0;
  int count = 1;
};

// The lock is held as long as the object lives. The system lets it go when the process ends in whatever way, on a network file
// system too, so that none is ever left behind. It lies on the file .asap in the folder, which stays: it names the programs that
// signed the folder and the process that holds it.
class FolderLock {
 public:
  // FailedPrecondition where another process holds the folder, with its number and machine where they are known. Processes that
  // do different shares of an equal count hold it together. A folder or a file system that cannot hold a lock is told in a
  // warning, and the work goes on without one. `folder` exists.
  static absl::StatusOr<std::unique_ptr<FolderLock>> Take(const std::string& folder, WorkShare share = {});

  // Whether the program has signed the folder, in this process or an earlier one. Needs no lock.
  static bool IsSigned(const std::string& folder, const std::string& program);

  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  // False where the folder could hold no lock.
  bool held() const { return file_ >= 0; }

  // From here on the folder is known to hold what the program writes.
  void Sign(const std::string& program);

 private:
  explicit FolderLock(std::string folder) : folder_(std::move(folder)) {}
  absl::Status TakeFolder(WorkShare share);
  absl::Status TakeShare(WorkShare share);
  absl::Status Busy(int file) const;
  void WarnWithout(int error) const;

  const std::string folder_;
  int file_ = -1;        // of the folder's lock, -1 where it has none
  int share_file_ = -1;  // of the share's, which is held beside that of the folder
  bool alone_ = false;   // no other process holds the folder
};

}  // namespace asap

#endif  // ASAP_CORE_BASE_FOLDER_LOCK_H_
