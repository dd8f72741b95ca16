#include "datasets/file_cases/known_layouts.h"

#include <filesystem>
#include <optional>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

const Registry<LayoutMarks>& Marks() { return Registry<LayoutMarks>::Get("layout's marks"); }

bool Matches(absl::string_view name, absl::string_view pattern) {
  const std::vector<absl::string_view> parts = absl::StrSplit(pattern, '*');
  if (parts.size() == 1) return name == pattern;
  if (name.size() < pattern.size() - (parts.size() - 1)) return false;
  if (parts.size() == 3) return absl::StrContains(name, parts[1]);
  return absl::StartsWith(name, parts[0]) && absl::EndsWith(name, parts[1]);
}

// The first path below `folder` that matches; none where nothing does.
std::optional<std::string> Find(const std::string& folder, absl::string_view path) {
  const size_t slash = path.find('/');
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!Matches(name, path.substr(0, slash))) continue;
    if (slash == absl::string_view::npos) return name;
    if (const auto below = Find(entry->path().string(), path.substr(slash + 1))) return absl::StrCat(name, "/", *below);
  }
  return std::nullopt;
}

// What is below `folder` and only the dataset has; none where nothing is, or nothing of it is known.
std::optional<std::string> FindMark(const std::string& dataset, const std::string& folder) {
  const absl::StatusOr<LayoutMarks> marks = Marks().Find(dataset);
  for (size_t i = 0; marks.ok() && i < marks->paths.size(); ++i) {
    if (auto found = Find(folder, marks->paths[i])) return found;
  }
  return std::nullopt;
}

}  // namespace

std::string LayoutHint(absl::string_view dataset, const std::string& root) {
  const std::string name(dataset);
  for (const std::string& other : Marks().Names()) {
    if (other == name) continue;
    if (const auto found = FindMark(other, root)) {
      return absl::StrCat("this looks like ", Marks().Find(other)->title, "'s layout (", *found, "): open it as ", other);
    }
  }
  std::error_code error;
  for (fs::directory_iterator entry(root, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code unknown;
    if (entry->is_directory(unknown) && FindMark(name, entry->path().string())) {
      return absl::StrCat("its folder ", entry->path().filename().string(), "/ looks like the one: ", entry->path().string());
    }
  }
  const std::string above = fs::path(absl::StrCat(root, "/.")).lexically_normal().parent_path().parent_path().string();
  if (!above.empty() && FindMark(name, above)) return absl::StrCat("the folder above looks like the one: ", above);
  return "";
}

}  // namespace asap
