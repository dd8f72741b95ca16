#include "tools/preprocess/cases.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "core/imaging/formats/dicom.h"
#include "core/imaging/formats/nifti.h"
#include "core/imaging/formats/read_volume.h"
#include "core/imaging/formats/unread_scan.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

// Collects volume files and DICOM folders below a root, each with its id.
class Search {
 public:
  Search(std::string root, const std::vector<std::string>& leave_out) : root_(std::move(root)) {
    for (const std::string& folder : leave_out) {
      std::error_code error;
      const fs::path canonical = fs::canonical(folder, error);
      if (!error && canonical != fs::canonical(root_, error)) entered_.insert(canonical.string());
    }
  }

  const std::map<std::string, UnreadFiles>& unread() const { return unread_; }

  absl::StatusOr<std::vector<ScanCase>> Run() {
    ASAP_RETURN_IF_ERROR(Enter(root_));
    std::sort(found_.begin(), found_.end(),
              [](const ScanCase& a, const ScanCase& b) { return a.id != b.id ? a.id < b.id : a.source < b.source; });
    return std::move(found_);
  }

 private:
  absl::Status Enter(const fs::path& folder) {
    std::error_code error;
    // By its real place, so that links in a circle end.
    if (!entered_.insert(fs::canonical(folder, error).string()).second) return absl::OkStatus();
    const bool holds_dicom = HoldsDicom(folder.string());
    if (holds_dicom) Add(folder);
    std::vector<fs::path> subfolders;
    fs::directory_iterator it(folder, error);
    if (error) return absl::PermissionDeniedError(absl::StrCat("cannot list ", folder.string(), ": ", error.message()));
    for (const fs::directory_iterator end; it != end; it.increment(error)) {
      if (error) return absl::PermissionDeniedError(absl::StrCat("cannot list ", folder.string(), ": ", error.message()));
      const fs::path& path = it->path();
      if (absl::StartsWith(path.filename().string(), ".")) continue;
      std::error_code ignored;
      if (fs::is_directory(path, ignored)) {
        subfolders.push_back(path);
      } else if (HasVolumeExtension(path.string()) || IsNiftiPair(path.string())) {
        Add(path);
      } else if (!holds_dicom) {
        const UnreadScan unread = LooksLikeUnreadScan(path.string());
        if (unread.kind.empty()) continue;
        UnreadFiles& files = unread_[unread.kind];
        if (files.count++ == 0) files = {.count = 1, .first = path.string(), .remedy = unread.remedy};
      }
    }
    for (const fs::path& subfolder : subfolders) ASAP_RETURN_IF_ERROR(Enter(subfolder));
    return absl::OkStatus();
  }

  void Add(const fs::path& path) {
    // Lexically: a link is known by its own name, and never leads out of the output folder.
    std::string below = path.lexically_relative(root_).string();
    if (below == ".") below = fs::path(root_).filename().string();
    const size_t slash = below.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : below.substr(0, slash + 1);
    std::error_code ignored;
    const std::string name = fs::is_directory(path, ignored) ? below.substr(folder.size()) : VolumeStem(below);
    found_.push_back({.id = folder + name, .source = path.string()});
  }

  const std::string root_;
  std::set<std::string> entered_;
  std::vector<ScanCase> found_;
  std::map<std::string, UnreadFiles> unread_;
};

std::string WithoutTrailingSlash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

absl::StatusOr<std::vector<ScanCase>> FindVolumes(const std::string& typed, const std::vector<std::string>& leave_out,
                                                  std::map<std::string, UnreadFiles>* unread = nullptr) {
  const std::string input = WithoutTrailingSlash(typed);
  std::error_code error;
  if (fs::is_directory(input, error)) {
    Search search(input, leave_out);
    absl::StatusOr<std::vector<ScanCase>> found = search.Run();
    if (unread != nullptr) *unread = search.unread();
    return found;
  }
  if (!fs::exists(input, error)) return absl::InvalidArgumentError(absl::StrCat("no such file or folder: ", input));
  return std::vector<ScanCase>{{.id = VolumeStem(input), .source = input}};
}

// A sentence or two for each kind, each after a space.
std::string TextOf(const std::map<std::string, UnreadFiles>& unread) {
  std::string text;
  for (const auto& [kind, files] : unread) absl::StrAppend(&text, " ", TextOf(kind, files));
  return text;
}

// A name that several sources share would let one overwrite the other.
void MarkNameClashes(std::vector<ScanCase>& cases) {
  for (size_t i = 1; i < cases.size(); ++i) {
    if (cases[i].id != cases[i - 1].id) continue;
    cases[i].defect = absl::FailedPreconditionError(absl::StrCat(cases[i].source, ": its output would overwrite that of ",
                                                                 cases[i - 1].source, ". Rename or move one of them."));
  }
}

absl::Status MatchMasks(const std::string& masks, CaseList& list) {
  ASAP_ASSIGN_OR_RETURN(const std::vector<ScanCase> found, FindVolumes(masks, {}));
  std::map<std::string, size_t> by_id;
  std::map<std::string, std::vector<size_t>> by_name;
  for (size_t i = 0; i < found.size(); ++i) {
    by_id.emplace(found[i].id, i);
    by_name[found[i].id.substr(found[i].id.rfind('/') + 1)].push_back(i);
  }
  std::vector<bool> used(found.size(), false);
  for (ScanCase& scan : list.cases) {
    auto exact = by_id.find(scan.id);
    if (exact != by_id.end()) {
      scan.mask = found[exact->second].source;
      used[exact->second] = true;
      continue;
    }
    const auto named = by_name.find(scan.id.substr(scan.id.rfind('/') + 1));
    if (named != by_name.end() && named->second.size() == 1) {
      scan.mask = found[named->second.front()].source;
      used[named->second.front()] = true;
    }
  }
  for (size_t i = 0; i < found.size(); ++i) {
    if (!used[i]) list.unmatched_masks.push_back(found[i].source);
  }
  if (!found.empty() && list.unmatched_masks.size() == found.size()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "none of the ", found.size(), " masks in ", masks, " has the name of a case: the first case is ", list.cases.front().id,
        ", the first mask ", found.front().source, ". Give masks the paths or the file names of their scans."));
  }
  return absl::OkStatus();
}

}  // namespace

std::string TextOf(const std::string& kind, const UnreadFiles& files) {
  return absl::StrCat(files.count, " files that end in ", kind, " are not read, such as ", files.first, ". ", files.remedy);
}

absl::StatusOr<CaseList> FindCases(const std::string& input, const std::string& masks,
                                   const std::vector<std::string>& leave_out) {
  std::vector<std::string> not_entered = leave_out;
  if (!masks.empty()) not_entered.push_back(masks);
  CaseList list;
  ASAP_ASSIGN_OR_RETURN(list.cases, FindVolumes(input, not_entered, &list.unread));
  if (list.cases.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(input,
                                                      " holds no scans: expected .nii, .nii.gz, .nrrd, .nhdr, .mha, .mhd files, "
                                                      "pairs of .hdr and .img, or folders with DICOM series in it or below it.",
                                                      TextOf(list.unread)));
  }
  MarkNameClashes(list.cases);
  if (masks.empty()) return list;
  std::error_code error;
  if (!fs::exists(masks, error)) return absl::InvalidArgumentError(absl::StrCat("no such file or folder: ", masks));
  // A single mask, be it a file or a DICOM series, belongs to a single case whatever its name.
  if (!fs::is_directory(masks, error) || (list.cases.size() == 1 && HoldsDicom(masks))) {
    if (list.cases.size() != 1) {
      return absl::InvalidArgumentError(
          absl::StrCat("one mask (", masks, ") is given for ", list.cases.size(), " cases; give a folder with a mask for each"));
    }
    list.cases.front().mask = masks;
    return list;
  }
  ASAP_RETURN_IF_ERROR(MatchMasks(masks, list));
  return list;
}

}  // namespace asap
