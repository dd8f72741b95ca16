#include "core/base/output_folder.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/status.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

// Those of the names that are there, broken links too, in their order.
std::vector<std::string> Present(const std::string& folder, const std::vector<std::string>& names) {
  std::vector<std::string> present;
  std::error_code error;
  for (const std::string& name : names) {
    if (fs::exists(fs::symlink_status(fs::path(folder) / name, error))) present.push_back(name);
  }
  return present;
}

// All that is not hidden.
std::vector<std::string> Everything(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!absl::StartsWith(name, ".")) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

absl::StatusOr<std::unique_ptr<FolderLock>> TakeOutputFolder(const std::string& folder, const OutputUse& use) {
  ASAP_RETURN_IF_ERROR(MakeWritableFolder(folder));
  ASAP_ASSIGN_OR_RETURN(std::unique_ptr<FolderLock> lock, FolderLock::Take(folder, use.share));
  const std::vector<std::string> there = use.writes.empty() ? Everything(folder) : Present(folder, use.writes);
  // The signature is looked at after the files: another share may have begun to write meanwhile, and signs before it writes.
  if (!there.empty() && !FolderLock::IsSigned(folder, use.program) && Present(folder, use.records).empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        folder, " holds ", there.front(), there.size() == 1 ? "" : absl::StrCat(" and ", there.size() - 1, " more"), ", which ",
        use.program, " did not write and might replace. Choose another output folder, or move such files away."));
  }
  lock->Sign(use.program);
  return lock;
}

}  // namespace asap
