#include "datasets/rspect/rspect.h"

#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "core/data/volume_cache/volume_cache.h"
#include "core/dataset_cards.h"
#include "datasets/file_cases/file_dataset.h"
#include "datasets/file_cases/find_cases.h"
#include "datasets/file_cases/known_layouts.h"
#include "datasets/file_cases/listed_labels.h"
#include "datasets/rspect/card.h"
#include "datasets/rspect/train_table.h"

namespace asap {
namespace {

using Severity = DatasetProblem::Severity;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// parts->labels in the order of the card; `series` may be null.
void AddLabels(const RspectSeries* series, FileDatasetParts* parts) {
  parts->labels[0].push_back(series == nullptr            ? kUnknown
                             : series->images_with_pe > 0 ? 1
                             : series->images_unknown > 0 ? kUnknown
                                                          : 0);
  parts->labels[1].push_back(series == nullptr || series->indeterminate < 0 ? kUnknown : series->indeterminate);
}

// The number of files in a series' folder against the rows of the table.
std::vector<DatasetProblem> CountImages(const std::string& folder, const absl::flat_hash_map<std::string, int64_t>& images_of) {
  const auto expected = images_of.find(folder.substr(folder.rfind('/') + 1));
  const int64_t found = static_cast<int64_t>(VolumesIn(folder, {".dcm"}).size());
  if (expected == images_of.end() || found == expected->second) return {};
  return {{.severity = Severity::kWarning,
           .message = absl::StrCat(folder, ": holds ", found, " images (.dcm), train.csv lists ", expected->second),
           .remedy = "unpack the series again"}};
}

// The cases are the table's series.
void AddSeries(const RspectTable& table, const DatasetOptions& options, FileDatasetParts* parts) {
  absl::flat_hash_map<std::string, int64_t> images_of;
  for (const RspectSeries& series : table.series) {
    parts->cases.Add(
        {.id = series.series, .volume = absl::StrCat("train/", series.study, "/", series.series), .patient = series.study});
    AddLabels(&series, parts);
    images_of[series.series] = series.images;
  }
  parts->problems = table.problems;
  parts->verify_volume = [images_of = std::move(images_of)](const std::string& folder) { return CountImages(folder, images_of); };
  parts->volume_path = [root = options.root, cache = options.cache](absl::string_view series) -> absl::StatusOr<std::string> {
    std::string path = PathBelow(root, series);
    if (IsFolder(path) || (cache != nullptr && cache->Remembers(path))) return path;
    return absl::NotFoundError(absl::StrCat(path, ": the folder of the series is missing"));
  };
}

// The cases are prepared volumes; `table` may be null.
void AddPrepared(const std::map<std::string, std::string>& files, const RspectTable* table, const std::string& root,
                 const std::string& table_path, FileDatasetParts* parts) {
  int64_t unlisted = 0;
  std::string first;
  for (const auto& [id, file] : files) {
    const RspectSeries* series = nullptr;
    if (table != nullptr) {
      const auto found = table->index_of.find(id);
      if (found != table->index_of.end()) series = &table->series[found->second];
      if (series == nullptr && unlisted++ == 0) first = id;
    }
    parts->cases.Add({.id = id, .volume = absl::StrCat("images/", file), .patient = series == nullptr ? id : series->study});
    AddLabels(series, parts);
  }
  if (unlisted > 0) {
    parts->problems.push_back({.severity = Severity::kWarning,
                               .message = absl::StrCat(table_path, ": does not list ", unlisted, " of ", files.size(),
                                                       " series, the first of which is ", first),
                               .remedy = "take train.csv as published, or remove the volumes"});
  }
  for (const DatasetProblem& problem : table == nullptr ? std::vector<DatasetProblem>() : table->problems) {
    if (problem.case_id.empty() || files.contains(problem.case_id)) parts->problems.push_back(problem);
  }
  parts->volume_path = [root](absl::string_view volume) -> absl::StatusOr<std::string> { return PathBelow(root, volume); };
}

}  // namespace

absl::StatusOr<std::unique_ptr<Dataset>> OpenRspect(const DatasetOptions& options) {
  ASAP_RETURN_IF_ERROR(CheckParameters(options.parameters, {"labels", "spacing", "table"}, "rspect"));
  if (options.root.empty()) {
    return absl::InvalidArgumentError("dataset rspect: no folder was given; name the one that holds train and train.csv");
  }
  ASAP_RETURN_IF_ERROR(CheckNoSplit("rspect", options.split));
  const auto parameter = [&](const char* name, const char* otherwise) {
    const auto given = options.parameters.find(name);
    return PathBelow(options.root, given == options.parameters.end() ? otherwise : given->second);
  };
  FileDatasetParts parts;
  parts.reports = false;
  parts.ras = true;
  parts.card = RspectCard();
  parts.cache = options.cache;
  parts.labels.resize(parts.card.label_names.size());
  ASAP_ASSIGN_OR_RETURN(parts.spacing, SpacingParameter(options.parameters));
  const bool series_there = IsFolder(absl::StrCat(options.root, "/train"));
  const auto prepared = series_there ? std::map<std::string, std::string>() : NiftiIn(absl::StrCat(options.root, "/images"));
  if (!series_there && prepared.empty()) {
    return WrongFolder("rspect", options.root,
                       "train/<study>/<series>/<image>.dcm with train.csv, or prepared scans as images/<series>.nii.gz");
  }
  if (options.parameters.contains("labels")) {
    if (series_there) {
      return absl::InvalidArgumentError(
          "dataset rspect: the parameter labels is for prepared scans; those of series are in train.csv");
    }
    ASAP_ASSIGN_OR_RETURN(const ListedLabels listed, ReadListedLabels(parameter("labels", ""), "label", 1));
    AddPrepared(prepared, nullptr, options.root, "", &parts);
    const std::vector<double> indeterminate = std::move(parts.labels[1]);
    parts.labels.clear();
    AddListedLabels(listed, &parts);
    parts.labels.push_back(indeterminate);
    return FileDataset::Create(std::move(parts));
  }
  const std::string table_path = parameter("table", "train.csv");
  if (!Exists(table_path)) {
    return absl::NotFoundError(absl::StrCat(
        table_path,
        ": the table is missing; expected a row for each image with StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID "
        "and pe_present_on_image. Download train.csv of the competition, or name it with the parameter table, or for "
        "prepared scans the published split lists with the parameter labels"));
  }
  ASAP_ASSIGN_OR_RETURN(const RspectTable table, ReadRspectTable(table_path));
  if (series_there) {
    AddSeries(table, options, &parts);
  } else {
    AddPrepared(prepared, &table, options.root, table_path, &parts);
  }
  return FileDataset::Create(std::move(parts));
}

REGISTER_DATASET("rspect", OpenRspect);
REGISTER_DATASET_CARD("rspect", RspectCard);
REGISTER_LAYOUT_MARKS("rspect", "RSPECT", {"train/*/*/*.dcm", "*pulmonary-embolism-detection*"});

}  // namespace asap
