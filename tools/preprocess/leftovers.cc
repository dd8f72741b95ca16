#include "tools/preprocess/leftovers.h"

#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"

namespace asap {
namespace fs = std::filesystem;

void RemoveLeftovers(const std::string& output, const absl::flat_hash_set<std::string>& own) {
  std::vector<fs::path> leftovers;
  std::error_code error;
  for (fs::recursive_directory_iterator file(output, error), end; !error && file != end; file.increment(error)) {
    const std::string name = file->path().filename().string();
    // MakeWritableFolder's probe, of no use once it could be made.
    if (absl::StartsWith(name, ".writable-") && file.depth() == 0) leftovers.push_back(file->path());
    // .partial-PROCESS-NUMBER-NAME
    const std::vector<std::string> parts = absl::StrSplit(name, absl::MaxSplits('-', 3));
    if (parts.size() < 4 || parts[0] != ".partial") continue;
    const fs::path whole = fs::relative(file->path().parent_path() / parts[3], output, error);
    if (own.contains(whole.string())) leftovers.push_back(file->path());
  }
  for (const fs::path& leftover : leftovers) fs::remove(leftover, error);
}

}  // namespace asap
