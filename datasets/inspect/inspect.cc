#include "datasets/inspect/inspect.h"

#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "core/dataset_cards.h"
#include "datasets/file_cases/contradictions.h"
#include "datasets/file_cases/file_dataset.h"
#include "datasets/file_cases/find_cases.h"
#include "datasets/file_cases/known_layouts.h"
#include "datasets/file_cases/listed_labels.h"
#include "datasets/inspect/card.h"
#include "datasets/inspect/tables.h"

namespace asap {
namespace {

using Severity = DatasetProblem::Severity;

// Who is dead at one time is dead at a later one.
constexpr Implication kDeaths[] = {
    {kInspectLabels[1], kInspectLabels[2]}, {kInspectLabels[1], kInspectLabels[3]}, {kInspectLabels[2], kInspectLabels[3]}};

struct Scans {
  std::string folder;                        // below the root
  std::map<std::string, std::string> files;  // id -> name in the folder
};

absl::StatusOr<Scans> FindScans(const std::string& root) {
  for (const char* folder : {"CTPA", "images"}) {
    Scans scans{.folder = folder, .files = NiftiIn(absl::StrCat(root, "/", folder))};
    if (!scans.files.empty()) return scans;
  }
  return WrongFolder("inspect", root,
                     "CTPA/<image_id>.nii.gz with study_mapping, labels and splits as .tsv, or prepared volumes as "
                     "images/<image_id>.nii.gz");
}

absl::Status AddTables(const std::string& folder, const Scans& scans, const std::string& wanted, FileDatasetParts* parts) {
  ASAP_ASSIGN_OR_RETURN(const auto studies, ReadInspectTables(folder, parts));
  FileCaseCollector collector(folder, wanted);
  parts->labels.assign(kInspectLabels.size(), {});
  int64_t line = 0, without = 0;
  std::string first;
  for (const auto& [id, file] : scans.files) {
    const auto found = studies.find(id);
    InspectStudy study;
    if (found != studies.end()) {
      study = found->second;
    } else {
      study.person = id;
      study.labels.fill(std::numeric_limits<double>::quiet_NaN());
    }
    if (!study.labelled && without++ == 0) first = id;
    bool kept = false;
    ASAP_RETURN_IF_ERROR(collector.Add({.id = id, .volume = file, .patient = study.person, .split = study.split}, ++line, &kept));
    for (size_t l = 0; kept && l < study.labels.size(); ++l) parts->labels[l].push_back(study.labels[l]);
  }
  ASAP_RETURN_IF_ERROR(collector.Finish(parts));
  parts->table_path = folder;
  if (without > 0) {
    parts->problems.push_back(
        {.severity = Severity::kWarning,
         .message = absl::StrCat(folder, ": the tables have no labels of ", without, " scans, the first of which is ", first),
         .remedy = "take tables and scans of one release"});
  }
  int64_t missing = 0;
  first.clear();
  for (const auto& [id, study] : studies) {
    if (!study.labelled || scans.files.contains(id)) continue;
    if (missing++ == 0 || id < first) first = id;
  }
  if (missing > 0) {
    parts->problems.push_back({.severity = Severity::kWarning,
                               .message = absl::StrCat(folder, ": the tables list ", missing,
                                                       " scans that are not there, the first of which is ", first),
                               .remedy = "download or prepare all scans"});
  }
  return absl::OkStatus();
}

// Labels from the published lists. Prognosis calls embolism pe_positive, Classification pe.
absl::Status AddLists(const std::string& path, const Scans& scans, FileDatasetParts* parts) {
  for (const auto& [id, file] : scans.files) parts->cases.Add({.id = id, .volume = file, .patient = id});
  std::vector<std::string> names, definitions;
  absl::Status first_failure;
  for (size_t l = 0; l < kInspectLabels.size(); ++l) {
    absl::StatusOr<ListedLabels> listed = ReadListedLabels(path, kInspectLabels[l], 1);
    if (!listed.ok() && l == 0) {
      first_failure = listed.status();
      listed = ReadListedLabels(path, "pe", 1);
    }
    if (!listed.ok()) continue;
    const size_t told = parts->problems.size();
    AddListedLabels(*listed, parts);
    if (!names.empty()) parts->problems.resize(told);  // the same cases lack all labels: said once
    names.push_back(kInspectLabels[l]);
    definitions.push_back(parts->card.label_definitions[l]);
  }
  if (names.empty()) return first_failure;
  parts->card.label_names = std::move(names);
  parts->card.label_definitions = std::move(definitions);
  parts->problems.push_back({.severity = Severity::kWarning,
                             .message = absl::StrCat(path, ": split lists name no patients; each scan is taken for a patient"),
                             .remedy = "give the dataset's own tables (parameter tables), so that no patient crosses splits"});
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Dataset>> OpenInspect(const DatasetOptions& options) {
  ASAP_RETURN_IF_ERROR(CheckParameters(options.parameters, {"labels", "spacing", "tables"}, "inspect"));
  if (options.root.empty()) {
    return absl::InvalidArgumentError("dataset inspect: no folder was given; name the one that holds CTPA and the tables");
  }
  ASAP_ASSIGN_OR_RETURN(const std::string wanted, SplitName(options.split));
  ASAP_ASSIGN_OR_RETURN(const Scans scans, FindScans(options.root));
  FileDatasetParts parts;
  parts.reports = false;
  parts.ras = true;
  parts.cache = options.cache;
  parts.card = InspectCard();
  ASAP_ASSIGN_OR_RETURN(parts.spacing, SpacingParameter(options.parameters));
  if (const auto lists = options.parameters.find("labels"); lists != options.parameters.end()) {
    if (!wanted.empty()) {
      return absl::InvalidArgumentError(
          "dataset inspect: with labels from split lists there are no splits of its own; leave the split away, or give the "
          "tables");
    }
    const std::string path = PathBelow(options.root, lists->second);
    ASAP_RETURN_IF_ERROR(AddLists(path, scans, &parts));
    ExcludeContradictions(kDeaths, path, &parts);
  } else {
    const auto tables = options.parameters.find("tables");
    const std::string folder = tables == options.parameters.end() ? options.root : PathBelow(options.root, tables->second);
    ASAP_RETURN_IF_ERROR(AddTables(folder, scans, wanted, &parts));
    ExcludeContradictions(kDeaths, folder, &parts);
  }
  parts.volume_path = [folder = absl::StrCat(options.root, "/", scans.folder)](
                          absl::string_view scan) -> absl::StatusOr<std::string> { return PathBelow(folder, scan); };
  return FileDataset::Create(std::move(parts));
}

REGISTER_DATASET("inspect", OpenInspect);
REGISTER_DATASET_CARD("inspect", InspectCard);
REGISTER_LAYOUT_MARKS("inspect", "INSPECT", {"CTPA", "study_mapping*"});

}  // namespace asap
