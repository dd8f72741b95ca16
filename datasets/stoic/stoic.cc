#include "datasets/stoic/stoic.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "core/csv/cell.h"
#include "core/csv/csv.h"
#include "core/dataset_cards.h"
#include "datasets/file_cases/case_labels.h"
#include "datasets/file_cases/contradictions.h"
#include "datasets/file_cases/file_dataset.h"
#include "datasets/file_cases/find_cases.h"
#include "datasets/file_cases/known_layouts.h"
#include "datasets/file_cases/label_cell.h"
#include "datasets/file_cases/listed_labels.h"
#include "datasets/stoic/card.h"
#include "datasets/stoic/mha_header.h"

namespace asap {
namespace {

using Severity = DatasetProblem::Severity;

struct Scans {
  std::string folder;                        // below the root
  bool prepared = false;                     // NIfTI, as the published benchmark's code reads it
  std::map<std::string, std::string> files;  // id -> name in the folder
};

absl::StatusOr<Scans> FindScans(const std::string& root) {
  Scans scans{.folder = "data/mha", .files = VolumesIn(root + "/data/mha", {".mha"})};
  if (!scans.files.empty()) return scans;
  for (const char* folder : {"images_preprocessed", "images"}) {
    scans = {.folder = folder, .prepared = true, .files = NiftiIn(absl::StrCat(root, "/", folder))};
    if (!scans.files.empty()) return scans;
  }
  return WrongFolder("stoic", root,
                     "data/mha/<PatientID>.mha and metadata/reference.csv, or prepared volumes as "
                     "images_preprocessed/<PatientID>.nii.gz");
}

// Labels of the parts' cases from reference.csv.
absl::Status AddReference(const std::string& path, FileDatasetParts* parts) {
  if (!Exists(path)) {
    return absl::NotFoundError(absl::StrCat(
        path,
        ": the table of labels is missing; expected the columns PatientID, probCOVID and probSevere. Download it (aws s3 cp "
        "s3://stoic2021-training/metadata/reference.csv . --no-sign-request), or name it with the parameter reference, or "
        "the published split lists with the parameter labels"));
  }
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<CsvReader> csv, CsvReader::Open(path));
  ASAP_ASSIGN_OR_RETURN(const size_t id_column, csv->Column("PatientID"));
  ASAP_ASSIGN_OR_RETURN(const size_t covid_column, csv->Column(kStoicCovid));
  ASAP_ASSIGN_OR_RETURN(const size_t severe_column, csv->Column(kStoicSevere));
  CaseLabels rows(2);
  while (true) {
    ASAP_ASSIGN_OR_RETURN(const bool more, csv->Next());
    if (!more) break;
    ASAP_ASSIGN_OR_RETURN(const double covid, LabelCell(*csv, covid_column));
    ASAP_ASSIGN_OR_RETURN(const double severe, LabelCell(*csv, severe_column));
    ASAP_RETURN_IF_ERROR(rows.Add(*csv, IdCell((*csv)[id_column]), {covid, severe}));
  }
  rows.TellRepeated(parts);
  parts->labels.assign(2, {});
  absl::flat_hash_set<std::string> scans;
  for (int64_t i = 0; i < parts->cases.size(); ++i) {
    const std::string id(parts->cases[i].id);
    scans.insert(id);
    if (!rows.Has(id)) {
      parts->problems.push_back({.severity = Severity::kError,
                                 .case_id = id,
                                 .message = absl::StrCat(path, ": has no row for this patient, so the scan has no labels"),
                                 .remedy = "download the table again, or remove the scan"});
    }
    const std::vector<double> of_scan = rows.Of(id);
    for (size_t l = 0; l < of_scan.size(); ++l) parts->labels[l].push_back(of_scan[l]);
  }
  ExcludeContradictions({{kStoicSevere, kStoicCovid}}, path, parts);
  int64_t missing = 0;
  std::string first;  // in the order of ids
  for (const std::string& id : rows.Ids()) {
    if (scans.contains(id)) continue;
    if (missing++ == 0 || id < first) first = id;
  }
  if (missing > 0) {
    parts->problems.push_back({.severity = Severity::kWarning,
                               .message = absl::StrCat(path, ": lists ", missing, " of ", rows.size(),
                                                       " patients whose scan is not there, the first of which is ", first),
                               .remedy = "download or prepare all scans"});
  }
  return absl::OkStatus();
}

// Labels from the published lists of a task; the other task's are unknown.
absl::Status AddLists(const std::string& path, FileDatasetParts* parts) {
  absl::StatusOr<ListedLabels> covid = ReadListedLabels(path, kStoicCovid, 1);
  parts->card.label_names = {kStoicCovid};
  if (!covid.ok()) {
    const absl::StatusOr<ListedLabels> severe = ReadListedLabels(path, kStoicSevere, 1);
    if (!severe.ok()) return covid.status();
    covid = severe;
    parts->card.label_names = {kStoicSevere};
    parts->card.label_definitions.erase(parts->card.label_definitions.begin());
  }
  parts->card.label_definitions.resize(1);
  AddListedLabels(*covid, parts);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Dataset>> OpenStoic(const DatasetOptions& options) {
  ASAP_RETURN_IF_ERROR(CheckParameters(options.parameters, {"labels", "reference", "spacing"}, "stoic"));
  if (options.root.empty()) {
    return absl::InvalidArgumentError(
        "dataset stoic: no folder was given; name the one that holds data/mha and metadata/reference.csv");
  }
  ASAP_RETURN_IF_ERROR(CheckNoSplit("stoic", options.split));
  ASAP_ASSIGN_OR_RETURN(const Scans scans, FindScans(options.root));
  FileDatasetParts parts;
  parts.reports = false;
  parts.ras = true;
  parts.cache = options.cache;
  parts.card = StoicCard();
  if (scans.prepared) {
    parts.card.label_names.resize(2);
    parts.card.label_definitions.resize(2);
  }
  ASAP_ASSIGN_OR_RETURN(parts.spacing, SpacingParameter(options.parameters));
  for (const auto& [id, file] : scans.files) parts.cases.Add({.id = id, .volume = file, .patient = id});

  const auto parameter = [&](const char* name, const std::string& otherwise) {
    const auto given = options.parameters.find(name);
    return PathBelow(options.root, given == options.parameters.end() ? otherwise : given->second);
  };
  if (options.parameters.contains("labels")) {
    ASAP_RETURN_IF_ERROR(AddLists(parameter("labels", ""), &parts));
  } else {
    const bool beside = !Exists(options.root + "/metadata/reference.csv") && Exists(options.root + "/reference.csv");
    ASAP_RETURN_IF_ERROR(AddReference(parameter("reference", beside ? "reference.csv" : "metadata/reference.csv"), &parts));
    if (!scans.prepared) {
      parts.labels.resize(4);
      for (const auto& [id, file] : scans.files) {
        const PatientFields fields = ReadPatientFields(absl::StrCat(options.root, "/", scans.folder, "/", file));
        parts.labels[2].push_back(fields.age);
        parts.labels[3].push_back(fields.male);
      }
    }
  }
  parts.volume_path = [folder = absl::StrCat(options.root, "/", scans.folder)](
                          absl::string_view scan) -> absl::StatusOr<std::string> { return PathBelow(folder, scan); };
  return FileDataset::Create(std::move(parts));
}

REGISTER_DATASET("stoic", OpenStoic);
REGISTER_DATASET_CARD("stoic", StoicCard);
REGISTER_LAYOUT_MARKS("stoic", "STOIC-2021", {"data/mha"});

}  // namespace asap
