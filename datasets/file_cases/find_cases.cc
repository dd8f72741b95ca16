#include "datasets/file_cases/find_cases.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/natural_order.h"
#include "datasets/file_cases/known_layouts.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostNamed = 8;

}  // namespace

bool IsFolder(const std::string& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

bool Exists(const std::string& path) {
  std::error_code error;
  return fs::exists(path, error);
}

std::vector<std::string> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::error_code unknown;  // a link to nowhere is listed as a file
    if (!absl::StartsWith(name, ".")) names.push_back(absl::StrCat(name, entry->is_directory(unknown) ? "/" : ""));
  }
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) { return NaturalLess(a, b); });
  return names;
}

std::map<std::string, std::string> VolumesIn(const std::string& folder, absl::Span<const absl::string_view> extensions) {
  std::map<std::string, std::string> found;
  const std::vector<std::string> names = NamesIn(folder);
  for (const absl::string_view extension : extensions) {
    for (const std::string& name : names) {
      if (name.size() > extension.size() && absl::EndsWith(name, extension)) {
        found.emplace(name.substr(0, name.size() - extension.size()), name);
      }
    }
  }
  return found;
}

std::map<std::string, std::string> NiftiIn(const std::string& folder) { return VolumesIn(folder, {".nii", ".nii.gz"}); }

absl::Status WrongFolder(absl::string_view dataset, const std::string& root, absl::string_view expected) {
  std::string found;
  if (!Exists(root)) {
    found = "it does not exist";
  } else if (!IsFolder(root)) {
    found = "it is a file";
  } else {
    const std::vector<std::string> names = NamesIn(root);
    found = names.empty() ? "it is empty" : "it holds ";
    for (size_t i = 0; i < std::min(names.size(), kMostNamed); ++i) absl::StrAppend(&found, i == 0 ? "" : ", ", names[i]);
    if (names.size() > kMostNamed) absl::StrAppend(&found, " and ", names.size() - kMostNamed, " more");
  }
  const std::string hint = LayoutHint(dataset, root);
  return absl::NotFoundError(absl::StrCat(
      "dataset ", dataset, ": ", root, " is not its folder: expected ", expected, "; ", found, hint.empty() ? "" : "; ", hint,
      ". Unpack the download there, or name the right folder; datasets/", dataset, "/README.md shows the layout"));
}

absl::Status CheckNoSplit(absl::string_view dataset, const std::string& split) {
  if (split.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("dataset ", dataset, ": has no splits of its own, and the split \"", split,
                                                 "\" was asked for; leave it away, or read the published lists"));
}

}  // namespace asap
