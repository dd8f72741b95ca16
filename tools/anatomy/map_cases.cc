#include "tools/anatomy/map_cases.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "core/base/suggest.h"
#include "core/imaging/formats/read_volume.h"
#include "tools/preprocess/pairing.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

std::string FolderOf(const std::string& id) { return id.find('/') == std::string::npos ? "" : id.substr(0, id.rfind('/')); }

// With a slip of the pen too: such a folder is one of organs with a wrong name in it, and not one of label maps.
bool IsOrganName(const std::string& stem, const LabelTable& table) {
  return std::any_of(table.rows.begin(), table.rows.end(), [&](const LabelRow& row) {
    return stem == row.organ || (row.organ.size() >= 8 && EditDistance(stem, row.organ) <= 2);
  });
}

// Volume files as found by tools:preprocess to cases: the files of an organ folder become one.
std::vector<ScanCase> Grouped(const std::vector<ScanCase>& files, const std::string& root, const LabelTable& table) {
  std::set<std::string> organ_folders, parents;
  for (const ScanCase& file : files) {
    if (!IsOrganName(VolumeStem(file.source), table)) continue;
    const std::string folder = fs::path(file.source).parent_path().string();
    organ_folders.insert(folder);
    parents.insert(fs::path(folder).parent_path().string());
  }
  std::vector<ScanCase> cases;
  std::set<std::string> made;
  for (const ScanCase& file : files) {
    const std::string folder = fs::path(file.source).parent_path().string();
    if (organ_folders.count(folder) == 0) {
      if (file.unread || parents.count(folder) == 0) cases.push_back(file);
      continue;
    }
    if (!made.insert(folder).second) continue;
    std::string id = FolderOf(file.id);
    if (id.empty()) id = fs::path(root).filename().string();
    if (BareName(id) == "segmentations") {
      const std::string above = FolderOf(id);
      id = above.empty() ? fs::path(folder).parent_path().filename().string() : above;
    }
    cases.push_back({.id = id, .source = folder});
  }
  std::sort(cases.begin(), cases.end(), [](const ScanCase& a, const ScanCase& b) { return a.id < b.id; });
  return cases;
}

void MatchVolumes(const std::vector<ScanCase>& volumes, MapCases& result) {
  const std::vector<std::string> ids = IdsOf(result.cases);
  std::vector<int> volume_of(ids.size(), -1);
  const std::vector<int> case_of = PairWithScans(IdsOf(volumes), ids);
  std::map<std::string, std::vector<int>> by_folder;
  for (size_t volume = 0; volume < volumes.size(); ++volume) {
    if (case_of[volume] >= 0) volume_of[case_of[volume]] = static_cast<int>(volume);
    by_folder[FolderOf(volumes[volume].id)].push_back(static_cast<int>(volume));
  }
  const auto only_in = [&](const std::string& folder) {
    const auto found = by_folder.find(folder);
    return !folder.empty() && found != by_folder.end() && found->second.size() == 1 ? found->second.front() : -1;
  };
  std::vector<bool> used(volumes.size(), false);
  for (size_t i = 0; i < ids.size(); ++i) {
    ScanCase& scan = result.cases[i];
    if (scan.unread) continue;
    int volume = volume_of[i];
    if (volume < 0) volume = only_in(ids[i]);
    if (volume < 0) volume = only_in(FolderOf(ids[i]));
    if (volume < 0) {
      result.without_volume.push_back(scan.id);
      continue;
    }
    used[volume] = true;
    scan.mask = volumes[volume].source;
    scan.id = volumes[volume].id;
    if (scan.defect.ok()) scan.defect = volumes[volume].defect;
  }
  for (size_t volume = 0; volume < volumes.size(); ++volume) {
    if (!used[volume]) result.without_case.push_back(volumes[volume].source);
  }
}

}  // namespace

absl::StatusOr<MapCases> FindMapCases(const std::string& input, const std::string& volumes, const LabelTable& table,
                                      const std::vector<std::string>& leave_out) {
  MapCases result;
  std::error_code error;
  std::string root = input;
  while (root.size() > 1 && root.back() == '/') root.pop_back();
  std::vector<std::string> not_entered = leave_out;
  if (!volumes.empty() && fs::is_directory(volumes, error)) not_entered.push_back(volumes);
  ASAP_ASSIGN_OR_RETURN(CaseList found, FindCases(root, "", not_entered));
  if (fs::is_directory(root, error)) {
    result.cases = Grouped(found.cases, root, table);
  } else {
    result.cases = std::move(found.cases);
  }
  const auto none = [&] {
    return absl::FailedPreconditionError(
        absl::StrCat(input, " holds no segmentations: expected label maps, or folders of files named like the organs of ",
                     table.path, ", apart from the volumes."));
  };
  if (!volumes.empty()) {
    ASAP_ASSIGN_OR_RETURN(CaseList scans, FindCases(volumes, "", leave_out));
    const auto unread =
        std::stable_partition(scans.cases.begin(), scans.cases.end(), [](const ScanCase& s) { return !s.unread; });
    std::vector<ScanCase> unread_volumes(unread, scans.cases.end());
    scans.cases.erase(unread, scans.cases.end());
    std::set<std::string> sources;
    for (const ScanCase& scan : scans.cases) sources.insert(scan.source);
    result.cases.erase(std::remove_if(result.cases.begin(), result.cases.end(),
                                      [&](const ScanCase& scan) { return sources.count(scan.source) > 0; }),
                       result.cases.end());
    if (result.cases.empty()) return none();
    if (!fs::is_directory(volumes, error)) {
      std::vector<ScanCase*> maps;
      for (ScanCase& scan : result.cases) {
        if (!scan.unread) maps.push_back(&scan);
      }
      if (maps.size() != 1) {
        return absl::InvalidArgumentError(absl::StrCat("one volume (", volumes, ") is given for ", maps.size(),
                                                       " segmentations; give a folder with a volume for each"));
      }
      maps.front()->mask = volumes;
      maps.front()->id = scans.cases.front().id;
      maps.front()->defect = scans.cases.front().defect;
    } else {
      MatchVolumes(scans.cases, result);
    }
    result.cases.insert(result.cases.end(), unread_volumes.begin(), unread_volumes.end());
  }
  if (result.cases.empty()) return none();
  std::stable_sort(result.cases.begin(), result.cases.end(), [](const ScanCase& a, const ScanCase& b) { return a.id < b.id; });
  for (size_t i = 1; i < result.cases.size(); ++i) {
    if (result.cases[i].unread || result.cases[i - 1].unread) continue;
    if (result.cases[i].id != result.cases[i - 1].id) continue;
    result.cases[i].defect =
        absl::FailedPreconditionError(absl::StrCat(result.cases[i].source, ": its output would overwrite that of ",
                                                   result.cases[i - 1].source, ". Rename or move one of them."));
  }
  return result;
}

}  // namespace asap
