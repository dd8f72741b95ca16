// The folder that a program writes its results to.
#ifndef ASAP_CORE_BASE_OUTPUT_FOLDER_H_
#define ASAP_CORE_BASE_OUTPUT_FOLDER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/folder_lock.h"

namespace asap {

struct OutputUse {
  std::string program;
  // Names of files and folders in the output folder that the program writes; none where the folder is to be its own altogether.
  std::vector<std::string> writes;
  // Names of which one tells an earlier run of the program that left no signature, as versions up to 2026-11 did.
  std::vector<std::string> records;
  WorkShare share;
};

// Makes the folder where it is not there, and locks it until the result is destroyed. A folder that the program has not written
// to before is refused where it holds something under a name that the program writes: nothing of others is replaced.
absl::StatusOr<std::unique_ptr<FolderLock>> TakeOutputFolder(const std::string& folder, const OutputUse& use);

}  // namespace asap

#endif  // ASAP_CORE_BASE_OUTPUT_FOLDER_H_
