#include "datasets/ct_rate/ct_rate.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/csv/csv.h"
#include "core/dataset_cards.h"
#include "core/imaging/formats/read_volume.h"
#include "datasets/ct_rate/card.h"
#include "datasets/ct_rate/parts.h"
#include "datasets/file_cases/case_labels.h"
#include "datasets/file_cases/concatenate.h"
#include "datasets/file_cases/file_dataset.h"
#include "datasets/file_cases/find_cases.h"
#include "datasets/file_cases/known_layouts.h"
#include "datasets/file_cases/label_cell.h"

namespace asap {
namespace {

// Columns of the tables, as published and as they are called once _EN is dropped.
constexpr absl::string_view kVolumeNames[] = {"VolumeName", "volume_name"};
constexpr absl::string_view kFindings[] = {"Findings_EN", "findings"};
constexpr absl::string_view kImpressions[] = {"Impressions_EN", "impressions", "impression"};

// What a volume's file name tells: train_1_a_1.nii.gz is the first reconstruction of scan a of patient train_1.
struct Name {
  std::string part;            // "train", "valid"
  std::string patient;         // "train_1"
  std::string scan;            // "train_1a", the name of the scan's folder as the published benchmark has it
  std::string published_scan;  // "train_1_a", as Hugging Face has it
  std::string stem;            // "train_1_a_1"
};

absl::StatusOr<Name> ParseName(absl::string_view file) {
  absl::string_view stem = file;
  if (!absl::ConsumeSuffix(&stem, ".nii.gz")) absl::ConsumeSuffix(&stem, ".nii");
  const std::vector<std::string> parts = absl::StrSplit(stem, '_');
  if (stem == file || parts.size() < 4 || absl::StrContains(file, '/') ||
      std::any_of(parts.begin(), parts.end(), [](const std::string& part) { return part.empty(); })) {
    return absl::InvalidArgumentError(
        absl::StrCat("the volume's name is \"", file, "\"; expected part_patient_scan_reconstruction, as train_1_a_1.nii.gz"));
  }
  Name name;
  name.part = parts[0];
  name.patient = absl::StrCat(parts[0], "_", parts[1]);
  name.scan = absl::StrCat(name.patient, parts[2]);
  name.published_scan = absl::StrCat(name.patient, "_", parts[2]);
  name.stem = std::string(stem);
  return name;
}

// `volumes`/train_1/train_1a/train_1_a_1.nii.gz, or the same without .gz, or in train_1_a/ as Hugging Face has it; also one that
// is gone, but cached. `cache` may be null.
absl::StatusOr<std::string> FindVolume(const std::string& volumes, absl::string_view file, const VolumeCache* cache) {
  ASAP_ASSIGN_OR_RETURN(const Name name, ParseName(file));
  std::vector<std::string> tried;
  for (const std::string& scan : {name.scan, name.published_scan}) {
    for (const char* extension : {".nii.gz", ".nii"}) {
      tried.push_back(absl::StrCat(volumes, "/", name.patient, "/", scan, "/", name.stem, extension));
    }
  }
  for (const std::string& path : tried) {
    if (Exists(path)) return path;
  }
  for (const std::string& gone : tried) {
    if (cache != nullptr && cache->Remembers(gone)) return gone;
  }
  return absl::NotFoundError(
      absl::StrCat(tried[0], ": the file is missing, and so is the same without .gz, or in ", name.published_scan, "/"));
}

// The names of the files in a flat folder; none where the folder does not exist. One look at the folder instead of two at each
// case's file: some have fifty thousand on a network disk.
absl::flat_hash_set<std::string> FilesIn(const std::string& folder) {
  absl::flat_hash_set<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    names.insert(entry->path().filename().string());
  }
  return names;
}

absl::StatusOr<CaseLabels> ReadLabels(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<CsvReader> csv, CsvReader::Open(path));
  CaseLabels table(kCtRateLabels.size());
  std::vector<size_t> columns;
  for (const char* name : kCtRateLabels) {
    ASAP_ASSIGN_OR_RETURN(const size_t column, csv->Column(name));
    columns.push_back(column);
  }
  ASAP_ASSIGN_OR_RETURN(const size_t volume, csv->Column(kVolumeNames));
  while (true) {
    ASAP_ASSIGN_OR_RETURN(const bool more, csv->Next());
    if (!more) return table;
    const absl::StatusOr<Name> name = ParseName(absl::StripAsciiWhitespace((*csv)[volume]));
    if (!name.ok()) return Annotate(name.status(), absl::StrCat(path, ":", csv->line()));
    std::vector<double> labels;
    for (const size_t column : columns) {
      ASAP_ASSIGN_OR_RETURN(const double value, LabelCell(*csv, column));
      labels.push_back(value);
    }
    ASAP_RETURN_IF_ERROR(table.Add(*csv, name->stem, labels));
  }
}

// Tells of the cases that the dataset's own list calls no chest: a path or a name a line.
absl::Status FindNoChest(const std::string& list, FileDatasetParts* parts) {
  if (list.empty()) return absl::OkStatus();
  ASAP_ASSIGN_OR_RETURN(const std::string lines, ReadFile(list));
  absl::flat_hash_set<std::string> stems;
  for (absl::string_view line : absl::StrSplit(lines, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (!line.empty()) stems.insert(VolumeStem(line));
  }
  int64_t count = 0;
  std::string first;
  for (int64_t i = 0; i < parts->cases.size(); ++i) {
    const std::string id(parts->cases[i].id);
    if (stems.contains(id) && count++ == 0) first = id;
  }
  if (count > 0) {
    parts->problems.push_back({.severity = DatasetProblem::Severity::kWarning,
                               .message = absl::StrCat(list, ": ", count, " of ", parts->cases.size(),
                                                       " volumes show no chest, the first of which is ", first),
                               .remedy = "remove their rows from the table of cases"});
  }
  return absl::OkStatus();
}

// One part, whose table of cases is that of reports, or of labels where there is none.
absl::StatusOr<std::unique_ptr<Dataset>> OpenPart(const CtRatePart& part, const DatasetOptions& options) {
  FileDatasetParts parts;
  parts.cache = options.cache;
  ASAP_ASSIGN_OR_RETURN(parts.spacing, SpacingParameter(options.parameters));
  parts.ras = part.raw;
  parts.card = CtRateCard();
  const auto classes = options.parameters.find("mask_classes");
  ASAP_RETURN_IF_ERROR(
      SetMaskClasses(classes == options.parameters.end() ? "" : PathBelow(options.root, classes->second), &parts.card));
  parts.reports = !part.reports.empty();
  parts.table_path = parts.reports ? part.reports : part.labels;
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<CsvReader> csv, CsvReader::Open(parts.table_path));
  ASAP_ASSIGN_OR_RETURN(parts.volume_column, csv->Column(kVolumeNames));
  std::vector<size_t> read = {parts.volume_column};
  if (parts.reports) {
    ASAP_ASSIGN_OR_RETURN(parts.findings_column, csv->Column(kFindings));
    ASAP_ASSIGN_OR_RETURN(parts.impression_column, csv->Column(kImpressions));
    read.insert(read.end(), {parts.findings_column, parts.impression_column});
  }
  const absl::flat_hash_set<std::string> mask_files = FilesIn(part.masks);
  CaseLabels labels(kCtRateLabels.size());
  if (!part.labels.empty()) {
    ASAP_ASSIGN_OR_RETURN(labels, ReadLabels(part.labels));
    parts.labels.resize(kCtRateLabels.size());
    if (part.labels != parts.table_path) labels.TellRepeated(&parts);  // a table of cases is told of as such
  }

  ASAP_ASSIGN_OR_RETURN(const std::string wanted, SplitName(options.split));
  FileCaseCollector collector(parts.table_path, wanted);
  while (true) {
    ASAP_ASSIGN_OR_RETURN(const bool more, csv->Next());
    if (!more) break;
    const absl::string_view volume = absl::StripAsciiWhitespace((*csv)[parts.volume_column]);
    const absl::StatusOr<Name> name = ParseName(volume);
    if (!name.ok()) return Annotate(name.status(), absl::StrCat(parts.table_path, ":", csv->line()));
    std::string mask;
    for (const char* extension : {".nii.gz", ".nii"}) {
      if (mask.empty() && mask_files.contains(absl::StrCat(name->stem, extension))) mask = absl::StrCat(name->stem, extension);
    }
    const absl::StatusOr<std::string> split = SplitName(name->part);
    bool kept = false;
    ASAP_RETURN_IF_ERROR(collector.Add({.id = name->stem,
                                        .volume = volume,
                                        .mask = mask,
                                        .patient = name->patient,
                                        .split = split.ok() ? absl::string_view(*split) : absl::string_view(),
                                        .report_offset = csv->offset(),
                                        .digest = csv->Digest(read)},
                                       csv->line(), &kept));
    if (!kept || parts.labels.empty()) continue;
    const std::vector<double> of_case = labels.Of(name->stem);
    for (size_t l = 0; l < of_case.size(); ++l) parts.labels[l].push_back(of_case[l]);
  }
  ASAP_RETURN_IF_ERROR(collector.Finish(&parts));
  ASAP_RETURN_IF_ERROR(FindNoChest(part.no_chest, &parts));
  parts.volume_path = [volumes = part.volumes, cache = options.cache](absl::string_view volume) {
    return FindVolume(volumes, volume, cache.get());
  };
  parts.mask_path = [masks = part.masks](absl::string_view mask) { return PathBelow(masks, mask); };
  return FileDataset::Create(std::move(parts));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Dataset>> OpenCtRate(const DatasetOptions& options) {
  ASAP_RETURN_IF_ERROR(
      CheckParameters(options.parameters, {"reports", "volumes", "masks", "labels", "mask_classes", "spacing"}, "ct_rate"));
  if (options.root.empty()) {
    return absl::InvalidArgumentError(
        "dataset ct_rate: no folder was given; name the one that holds train_reports_ctrate.csv, or Hugging Face's dataset/");
  }
  ASAP_ASSIGN_OR_RETURN(const std::vector<CtRatePart> parts, FindCtRateParts(options));
  std::vector<std::unique_ptr<Dataset>> opened;
  for (const CtRatePart& part : parts) {
    ASAP_ASSIGN_OR_RETURN(std::unique_ptr<Dataset> dataset, OpenPart(part, options));
    opened.push_back(std::move(dataset));
  }
  return Concatenate(std::move(opened));
}

REGISTER_DATASET("ct_rate", OpenCtRate);
REGISTER_DATASET_CARD("ct_rate", CtRateCard);
REGISTER_LAYOUT_MARKS("ct_rate", "CT-RATE", {"train_preprocessed*", "valid_preprocessed*", "dataset/radiology_text_reports"});

}  // namespace asap
