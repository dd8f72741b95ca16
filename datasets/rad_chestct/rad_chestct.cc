#include "datasets/rad_chestct/rad_chestct.h"

#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "core/dataset_cards.h"
#include "datasets/file_cases/case_labels.h"
#include "datasets/file_cases/file_dataset.h"
#include "datasets/file_cases/find_cases.h"
#include "datasets/file_cases/known_layouts.h"
#include "datasets/file_cases/listed_labels.h"
#include "datasets/rad_chestct/card.h"
#include "datasets/rad_chestct/location_labels.h"

namespace asap {
namespace {

using Severity = DatasetProblem::Severity;

constexpr const char* kTables[] = {"imgtrain", "imgvalid", "imgtest"};
constexpr char kTableEnding[] = "_Abnormality_and_Location_Labels.csv";

struct Scans {
  std::string folder;                        // with the files
  std::map<std::string, std::string> files;  // id -> name in the folder
};

absl::StatusOr<Scans> FindScans(const std::string& root) {
  for (const char* below : {"", "/npz", "/ct", "/images"}) {
    Scans scans{.folder = absl::StrCat(root, below)};
    scans.files = VolumesIn(scans.folder, {".npz", ".nii", ".nii.gz"});
    if (!scans.files.empty()) return scans;
  }
  return WrongFolder("rad_chestct", root,
                     "trn<number>.npz, val... and tst... with three tables *_Abnormality_and_Location_Labels.csv, or prepared "
                     "volumes as images/<id>.nii.gz");
}

// The published part of a scan; empty where the id names none.
absl::string_view PartOf(absl::string_view id) {
  return absl::StartsWith(id, "trn")   ? "train"
         : absl::StartsWith(id, "val") ? "valid"
         : absl::StartsWith(id, "tst") ? "test"
                                       : "";
}

// The labels of all tables in the folder, or in labels/ or tables/ of it.
absl::StatusOr<CaseLabels> ReadTables(const std::string& folder) {
  CaseLabels labels(kRadChestCtFindings.size());
  for (const char* below : {"", "/labels", "/tables"}) {
    for (const char* table : kTables) {
      const std::string path = absl::StrCat(folder, below, "/", table, kTableEnding);
      if (Exists(path)) ASAP_RETURN_IF_ERROR(AddLocationLabels(path, &labels));
    }
    if (labels.size() > 0) return labels;
  }
  return absl::NotFoundError(absl::StrCat(
      folder, ": the tables of labels are missing; expected imgtrain", kTableEnding,
      ", imgvalid... and imgtest... or "
      "some of them, also in labels/ or tables/. Download them from zenodo.org/records/6406114, or name their folder "
      "with the parameter tables, or the published split lists with the parameter labels"));
}

absl::Status AddTables(const std::string& folder, FileDatasetParts* parts) {
  ASAP_ASSIGN_OR_RETURN(const CaseLabels labels, ReadTables(folder));
  parts->labels.assign(kRadChestCtFindings.size(), {});
  int64_t without = 0;
  std::string first;
  for (int64_t i = 0; i < parts->cases.size(); ++i) {
    const std::string id(parts->cases[i].id);
    if (!labels.Has(id) && without++ == 0) first = id;
    const std::vector<double> of_scan = labels.Of(id);
    for (size_t f = 0; f < of_scan.size(); ++f) parts->labels[f].push_back(of_scan[f]);
  }
  labels.TellRepeated(parts);
  if (without > 0) {
    parts->problems.push_back(
        {.severity = Severity::kWarning,
         .message = absl::StrCat(folder, ": the tables have no row for ", without, " scans, the first of which is ", first),
         .remedy = "download the tables of all three parts"});
  }
  return absl::OkStatus();
}

absl::Status AddLists(const std::string& path, FileDatasetParts* parts) {
  for (const RadChestCtFinding& finding : kRadChestCtFindings) {
    const char* column = finding.listed == nullptr ? finding.name : finding.listed;
    ASAP_ASSIGN_OR_RETURN(const ListedLabels listed, ReadListedLabels(path, column, 1));
    const size_t told = parts->problems.size();
    AddListedLabels(listed, parts);
    if (parts->labels.size() > 1) parts->problems.resize(told);  // the same scans lack all labels: said once
  }
  return absl::OkStatus();
}

// Two findings that are the same in every scan, and not absent from all, are one column that was copied.
void FindCopiedColumns(FileDatasetParts* parts) {
  for (size_t a = 0; a < parts->labels.size(); ++a) {
    for (size_t b = a + 1; b < parts->labels.size(); ++b) {
      int64_t present = 0, known = 0;
      bool same = true;
      for (size_t i = 0; same && i < parts->labels[a].size(); ++i) {
        const double x = parts->labels[a][i], y = parts->labels[b][i];
        if (std::isnan(x) && std::isnan(y)) continue;
        same = x == y;
        ++known;
        present += x == 1;
      }
      if (!same || known < 20 || present < 2) continue;
      parts->problems.push_back(
          {.severity = Severity::kWarning,
           .message = absl::StrCat("the labels \"", parts->card.label_names[a], "\" and \"", parts->card.label_names[b],
                                   "\" are the same in all ", known, " scans: one column is a copy of the other"),
           .remedy = "take the dataset's own tables in place of the published lists, or leave one of the two findings out"});
    }
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Dataset>> OpenRadChestCt(const DatasetOptions& options) {
  ASAP_RETURN_IF_ERROR(CheckParameters(options.parameters, {"labels", "spacing", "tables"}, "rad_chestct"));
  if (options.root.empty()) {
    return absl::InvalidArgumentError(
        "dataset rad_chestct: no folder was given; name the one that holds the .npz files and the tables");
  }
  ASAP_ASSIGN_OR_RETURN(const std::string wanted, SplitName(options.split));
  ASAP_ASSIGN_OR_RETURN(const Scans scans, FindScans(options.root));
  FileDatasetParts parts;
  parts.reports = false;
  parts.ras = true;
  parts.cache = options.cache;
  parts.card = RadChestCtCard();
  ASAP_ASSIGN_OR_RETURN(parts.spacing, SpacingParameter(options.parameters));
  FileCaseCollector collector(scans.folder, wanted);
  int64_t number = 0;
  for (const auto& [id, file] : scans.files) {
    bool kept = false;
    ASAP_RETURN_IF_ERROR(collector.Add({.id = id, .volume = file, .patient = id, .split = PartOf(id)}, ++number, &kept));
  }
  ASAP_RETURN_IF_ERROR(collector.Finish(&parts));
  const auto parameter = [&](const char* name) {
    const auto given = options.parameters.find(name);
    return given == options.parameters.end() ? options.root : PathBelow(options.root, given->second);
  };
  if (options.parameters.contains("labels")) {
    ASAP_RETURN_IF_ERROR(AddLists(parameter("labels"), &parts));
  } else {
    ASAP_RETURN_IF_ERROR(AddTables(parameter("tables"), &parts));
  }
  FindCopiedColumns(&parts);
  parts.volume_path = [folder = scans.folder](absl::string_view scan) -> absl::StatusOr<std::string> {
    return PathBelow(folder, scan);
  };
  return FileDataset::Create(std::move(parts));
}

REGISTER_DATASET("rad_chestct", OpenRadChestCt);
REGISTER_DATASET_CARD("rad_chestct", RadChestCtCard);
REGISTER_LAYOUT_MARKS("rad_chestct", "Rad-ChestCT", {"*_Abnormality_and_Location_Labels.csv", "trn*.npz"});

}  // namespace asap
