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

// What only one dataset's folder holds: a path below it whose parts may begin or end in *.
struct Mark {
  const char* dataset;
  const char* title;
  const char* path;
};
constexpr Mark kMarks[] = {
    {"luna16", "LUNA16", "subset0"},
    {"luna16", "LUNA16", "seg-lungs-LUNA16"},
    {"stoic", "STOIC-2021", "data/mha"},
    {"inspect", "INSPECT", "CTPA"},
    {"inspect", "INSPECT", "study_mapping*"},
    {"rad_chestct", "Rad-ChestCT", "*_Abnormality_and_Location_Labels.csv"},
    {"rad_chestct", "Rad-ChestCT", "trn*.npz"},
    {"ct_rate", "CT-RATE", "train_preprocessed*"},
    {"ct_rate", "CT-RATE", "valid_preprocessed*"},
    {"ct_rate", "CT-RATE", "dataset/radiology_text_reports"},
    {"cc_ccii", "CC-CCII", "NCP"},
    {"rspect", "RSPECT", "train/*/*/*.dcm"},
    {"rspect", "RSPECT", "*pulmonary-embolism-detection*"},
    {"pairs", "pairs", "pairs.csv"},
};

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

bool LooksLike(absl::string_view dataset, const std::string& folder) {
  for (const Mark& mark : kMarks) {
    if (mark.dataset == dataset && Find(folder, mark.path)) return true;
  }
  return false;
}

}  // namespace

std::string LayoutHint(absl::string_view dataset, const std::string& root) {
  for (const Mark& mark : kMarks) {
    if (mark.dataset == dataset) continue;
    if (const auto found = Find(root, mark.path)) {
      return absl::StrCat("this looks like ", mark.title, "'s layout (", *found, "): open it as ", mark.dataset);
    }
  }
  std::error_code error;
  for (fs::directory_iterator entry(root, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code unknown;
    if (entry->is_directory(unknown) && LooksLike(dataset, entry->path().string())) {
      return absl::StrCat("its folder ", entry->path().filename().string(), "/ looks like the one: ", entry->path().string());
    }
  }
  const std::string above = fs::path(absl::StrCat(root, "/.")).lexically_normal().parent_path().parent_path().string();
  if (!above.empty() && LooksLike(dataset, above)) return absl::StrCat("the folder above looks like the one: ", above);
  return "";
}

}  // namespace asap
