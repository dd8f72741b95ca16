#include "tools/preprocess/own_results.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "core/base/folder_lock.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

// Versions up to 2026-11 signed no folder: they are known by all that they left together.
bool UnsignedPreprocess(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder / "records", error) || !fs::is_directory(folder / "volumes", error)) return false;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (absl::StartsWith(name, "manifest") && absl::EndsWith(name, ".csv")) return true;
  }
  return false;
}

bool UnsignedAnatomy(const fs::path& folder) {
  std::error_code error;
  return fs::is_directory(folder / "overlays", error) && fs::exists(folder / "mask_classes.txt", error) &&
         fs::exists(folder / "summary.csv", error);
}

}  // namespace

std::set<std::string> OwnResults(const std::string& folder) {
  if (FolderLock::IsSigned(folder, "preprocess") || UnsignedPreprocess(folder)) return {"volumes", "masks"};
  if (FolderLock::IsSigned(folder, "anatomy") || UnsignedAnatomy(folder)) return {"masks"};
  return {};
}

}  // namespace asap
