#include "tools/preprocess/cases.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/log.h"
#include "core/base/status.h"
#include "core/base/utf8.h"
#include "core/imaging/formats/dicom.h"
#include "core/imaging/formats/nifti.h"
#include "core/imaging/formats/read_volume.h"
#include "core/imaging/formats/unread_scan.h"
#include "tools/preprocess/own_results.h"
#include "tools/preprocess/pairing.h"
#include "tools/preprocess/split_series.h"
#include "tools/preprocess/tables.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

// What a search saw and does not give.
struct PassedOver {
  std::vector<std::string> own_results;       // folders
  std::map<std::string, UnreadFiles> unread;  // by kind
};

// Collects volume files and DICOM folders below a root, each with its id. With `passed_over`, what earlier runs made is not
// entered.
class Search {
 public:
  Search(std::string root, const std::vector<std::string>& leave_out, PassedOver* passed_over)
      : root_(std::move(root)), passed_over_(passed_over) {
    for (const std::string& folder : leave_out) {
      std::error_code error;
      const fs::path canonical = fs::canonical(folder, error);
      if (!error && canonical != fs::canonical(root_, error)) entered_.insert(canonical.string());
    }
  }

  absl::StatusOr<std::vector<ScanCase>> Run() {
    ASAP_RETURN_IF_ERROR(Enter(root_));
    std::sort(found_.begin(), found_.end(),
              [](const ScanCase& a, const ScanCase& b) { return a.id != b.id ? a.id < b.id : a.source < b.source; });
    return std::move(found_);
  }

 private:
  // An error only where the root itself cannot be listed.
  absl::Status Enter(const fs::path& folder) {
    std::error_code error;
    // By its real place, so that links in a circle end.
    const fs::path place = fs::canonical(folder, error);
    if (error) return CannotRead(folder, error);
    if (!entered_.insert(place.string()).second) return absl::OkStatus();
    const bool holds_dicom = HoldsDicom(folder.string());
    if (holds_dicom) Add(folder);
    std::vector<fs::path> subfolders;
    fs::directory_iterator it(folder, error);
    if (error) return CannotRead(folder, error);
    for (const fs::directory_iterator end; it != end; it.increment(error)) {
      const fs::path& path = it->path();
      if (absl::StartsWith(path.filename().string(), ".")) continue;
      std::error_code reason;
      const fs::file_type type = fs::status(path, reason).type();
      if (type == fs::file_type::directory) {
        subfolders.push_back(path);
      } else if (HasVolumeExtension(path.string()) || IsNiftiPair(path.string())) {
        Add(path);
      } else if (type == fs::file_type::none || (type == fs::file_type::not_found && !path.has_extension())) {
        // A link to nowhere may have been a folder of scans; with an extension it is some other file.
        ASAP_RETURN_IF_ERROR(CannotRead(path, reason ? reason : std::make_error_code(std::errc::no_such_file_or_directory)));
      } else if (!holds_dicom && passed_over_ != nullptr) {
        const UnreadScan unread = LooksLikeUnreadScan(path.string());
        if (unread.kind.empty()) continue;
        UnreadFiles& files = passed_over_->unread[unread.kind];
        if (files.count++ == 0) files = {.count = 1, .first = path.string(), .remedy = unread.remedy};
      }
    }
    if (error) return CannotRead(folder, error);
    std::set<std::string> own;
    if (passed_over_ != nullptr) own = OwnResults(folder.string());
    for (const fs::path& subfolder : subfolders) {
      if (own.count(subfolder.filename().string()) > 0) {
        passed_over_->own_results.push_back(subfolder.string());
      } else {
        ASAP_RETURN_IF_ERROR(Enter(subfolder));
      }
    }
    return absl::OkStatus();
  }

  // The place below the root becomes a case that is named and skipped like a bad one.
  absl::Status CannotRead(const fs::path& path, std::error_code error) {
    absl::Status defect = absl::PermissionDeniedError(
        absl::StrCat("cannot look into ", Readable(path.string()), ": ", error.message(),
                     ". Change its permissions, bring back what it leads to, or move it out of the input."));
    if (path == root_) return defect;
    found_.push_back({.id = Readable(path.lexically_relative(root_).string()),
                      .source = path.string(),
                      .defect = std::move(defect),
                      .unread = true});
    return absl::OkStatus();
  }

  void Add(const fs::path& path) {
    // Lexically: a link is known by its own name, and never leads out of the output folder.
    std::string below = path.lexically_relative(root_).string();
    if (below == ".") below = fs::path(root_).filename().string();
    std::error_code ignored;
    found_.push_back({.id = fs::is_directory(path, ignored) ? below : WithoutVolumeExtension(below), .source = path.string()});
  }

  const std::string root_;
  std::set<std::string> entered_;
  std::vector<ScanCase> found_;
  PassedOver* const passed_over_;
};

std::string WithoutTrailingSlash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

// `passed_over` is null where what earlier runs made counts like the rest.
absl::StatusOr<std::vector<ScanCase>> FindVolumes(const std::string& typed, const std::vector<std::string>& leave_out,
                                                  PassedOver* passed_over) {
  const std::string input = WithoutTrailingSlash(typed);
  std::error_code error;
  if (fs::is_directory(input, error)) {
    Search search(input, leave_out, passed_over);
    return search.Run();
  }
  if (!fs::exists(input, error)) return absl::InvalidArgumentError(absl::StrCat("no such file or folder: ", input));
  return std::vector<ScanCase>{{.id = VolumeStem(input), .source = input}};
}

// Tables and the programs that read them take UTF-8 alone.
void MarkNamesThatAreNotUtf8(std::vector<ScanCase>& cases) {
  for (ScanCase& scan : cases) {
    if (ValidUtf8Prefix(scan.id) == scan.id.size()) continue;
    scan.id = Readable(scan.id);
    scan.defect = absl::FailedPreconditionError(
        absl::StrCat(Readable(scan.source), ": the name is not in UTF-8. Rename it (convmv renames whole folders)."));
  }
}

// A sentence or two for each kind, each after a space.
std::string TextOf(const std::map<std::string, UnreadFiles>& unread) {
  std::string text;
  for (const auto& [kind, files] : unread) absl::StrAppend(&text, " ", TextOf(kind, files));
  return text;
}

// A name that several sources share would let one overwrite the other.
void MarkNameClashes(std::vector<ScanCase>& cases) {
  const ScanCase* before = nullptr;
  for (ScanCase& scan : cases) {
    if (scan.unread) continue;
    if (before != nullptr && scan.id == before->id) {
      scan.defect = absl::FailedPreconditionError(
          absl::StrCat(scan.source, ": its output would overwrite that of ", before->source, ". Rename or move one of them."));
    }
    before = &scan;
  }
}

absl::Status MatchMasks(const std::string& masks, CaseList& list) {
  ASAP_ASSIGN_OR_RETURN(const std::vector<ScanCase> found, FindMasks(masks));
  const std::vector<int> partners = PairWithScans(IdsOf(list.cases), IdsOf(found));
  for (size_t i = 0; i < list.cases.size(); ++i) {
    if (partners[i] >= 0) list.cases[i].mask = found[partners[i]].source;
  }
  for (const size_t i : Unpaired(partners, found.size())) list.unmatched_masks.push_back(found[i].source);
  if (list.unmatched_masks.size() == found.size()) return NoneMatches(masks, found, list.cases);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<ScanCase>> FindMasks(const std::string& masks) {
  ASAP_ASSIGN_OR_RETURN(std::vector<ScanCase> found, FindVolumes(masks, {}, nullptr));
  if (found.empty()) return absl::FailedPreconditionError(absl::StrCat(masks, " holds no masks."));
  for (size_t i = 0; i < found.size(); ++i) {
    if (found[i].unread) return found[i].defect;
    if (i > 0 && found[i].id == found[i - 1].id) {
      return absl::FailedPreconditionError(absl::StrCat(found[i - 1].source, " and ", found[i].source,
                                                        " are both the mask of one scan. Remove or rename one of them."));
    }
  }
  return found;
}

std::vector<std::string> IdsOf(const std::vector<ScanCase>& cases) {
  std::vector<std::string> ids;
  for (const ScanCase& scan : cases) ids.push_back(scan.id);
  return ids;
}

absl::Status NoneMatches(const std::string& masks, const std::vector<ScanCase>& found, const std::vector<ScanCase>& cases) {
  return absl::FailedPreconditionError(absl::StrCat(
      "none of the ", found.size(), " masks in ", masks, " has the name of a case: the first case is ", cases.front().id,
      ", the first mask ", found.front().source, ". Give masks the paths or the file names of their scans."));
}

std::string TextOf(const std::string& kind, const UnreadFiles& files) {
  return absl::StrCat(files.count, " files that end in ", kind, " are not read, such as ", files.first, ". ", files.remedy);
}

absl::StatusOr<CaseList> FindCases(const std::string& input, const std::string& masks,
                                   const std::vector<std::string>& leave_out) {
  std::vector<std::string> not_entered = leave_out;
  if (!masks.empty()) not_entered.push_back(masks);
  CaseList list;
  PassedOver passed_over;
  ASAP_ASSIGN_OR_RETURN(list.cases, FindVolumes(input, not_entered, &passed_over));
  list.unread = std::move(passed_over.unread);
  const std::vector<std::string>& own_results = passed_over.own_results;
  if (list.cases.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        input,
        " holds no scans: expected .nii, .nii.gz, .nrrd, .nhdr, .mha, .mhd files, pairs of .hdr and .img, or folders with ",
        "DICOM series in it or below it.", TextOf(list.unread),
        own_results.empty() ? ""
                            : absl::StrCat(" ", own_results.front(),
                                           ", which an earlier run made, is not searched: name it as the input if its volumes "
                                           "are meant.")));
  }
  if (!own_results.empty()) {
    LogInfo(absl::StrCat("made by earlier runs and not searched for scans: ", own_results.size(), " folders, the first is ",
                         own_results.front()));
  }
  MarkNamesThatAreNotUtf8(list.cases);
  MarkNameClashes(list.cases);
  MarkSplitSeries(list.cases);
  if (masks.empty()) return list;
  std::error_code error;
  if (!fs::exists(masks, error)) return absl::InvalidArgumentError(absl::StrCat("no such file or folder: ", masks));
  // A single mask, be it a file or a DICOM series, belongs to a single case whatever its name.
  std::vector<ScanCase*> scans;
  for (ScanCase& scan : list.cases) {
    if (!scan.unread) scans.push_back(&scan);
  }
  if (!fs::is_directory(masks, error) || (scans.size() == 1 && HoldsDicom(masks))) {
    if (scans.size() != 1) {
      return absl::InvalidArgumentError(
          absl::StrCat("one mask (", masks, ") is given for ", scans.size(), " cases; give a folder with a mask for each"));
    }
    scans.front()->mask = masks;
    return list;
  }
  ASAP_RETURN_IF_ERROR(MatchMasks(masks, list));
  return list;
}

}  // namespace asap
