#include "datasets/inspect/tables.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "core/base/status.h"
#include "core/csv/cell.h"
#include "core/csv/csv.h"
#include "datasets/file_cases/case_labels.h"
#include "datasets/file_cases/find_cases.h"
#include "datasets/file_cases/label_cell.h"
#include "datasets/inspect/card.h"

namespace asap {
namespace {

using Labels = std::array<double, 4>;

// labels_20250611.tsv for "labels".
absl::StatusOr<std::string> FindTable(const std::string& folder, absl::string_view name, absl::string_view columns) {
  std::vector<std::string> found;
  for (const std::string& file : NamesIn(folder)) {
    if (absl::StartsWith(file, name) && (absl::EndsWith(file, ".tsv") || absl::EndsWith(file, ".csv"))) found.push_back(file);
  }
  if (found.size() == 1) return absl::StrCat(folder, "/", found[0]);
  if (found.empty()) {
    return absl::NotFoundError(absl::StrCat(
        folder, ": the table ", name, "_<date>.tsv is missing; expected the columns ", columns,
        ". Download it from Stanford AIMI, or name the folder with the parameter tables, or the published split lists "
        "with the parameter labels"));
  }
  return absl::InvalidArgumentError(absl::StrCat(folder, ": there are ", found.size(), " tables ", name,
                                                 "*: ", absl::StrJoin(found, ", "), "; leave the one that goes with the scans"));
}

absl::Status Twice(const CsvReader& csv, absl::string_view impression) {
  return absl::InvalidArgumentError(absl::StrCat(csv.path(), ":", csv.line(), ": the impression ", impression,
                                                 " is listed before, and says something else there; keep one of the rows"));
}

absl::StatusOr<CaseLabels> ReadLabels(const std::string& folder) {
  ASAP_ASSIGN_OR_RETURN(const std::string path,
                        FindTable(folder, "labels", "impression_id, pe_positive and 1_month_mortality, 6_, 12_month_mortality"));
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<CsvReader> csv, CsvReader::Open(path));
  ASAP_ASSIGN_OR_RETURN(const size_t id_column, csv->Column("impression_id"));
  std::array<size_t, 4> columns;
  for (size_t l = 0; l < columns.size(); ++l) {
    const char* name = kInspectLabels[l];
    // Published under one name or the other.
    ASAP_ASSIGN_OR_RETURN(
        columns[l], l == 0 && csv->HasColumn("pe_positive_nlp") ? csv->Column({name, "pe_positive_nlp"}) : csv->Column(name));
  }
  CaseLabels labels(columns.size());
  while (true) {
    ASAP_ASSIGN_OR_RETURN(const bool more, csv->Next());
    if (!more) return labels;
    Labels row;
    for (size_t l = 0; l < columns.size(); ++l) {
      ASAP_ASSIGN_OR_RETURN(row[l], LabelCell(*csv, columns[l]));
    }
    ASAP_RETURN_IF_ERROR(labels.Add(*csv, IdCell((*csv)[id_column]), row));
  }
}

absl::StatusOr<absl::flat_hash_map<std::string, std::string>> ReadSplits(const std::string& folder) {
  ASAP_ASSIGN_OR_RETURN(const std::string path, FindTable(folder, "splits", "impression_id and split"));
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<CsvReader> csv, CsvReader::Open(path));
  ASAP_ASSIGN_OR_RETURN(const size_t id_column, csv->Column("impression_id"));
  ASAP_ASSIGN_OR_RETURN(const size_t split_column, csv->Column("split"));
  absl::flat_hash_map<std::string, std::string> splits;
  while (true) {
    ASAP_ASSIGN_OR_RETURN(const bool more, csv->Next());
    if (!more) return splits;
    absl::StatusOr<std::string> split = SplitName((*csv)[split_column]);
    if (!split.ok()) return Annotate(split.status(), absl::StrCat(path, ":", csv->line()));
    const std::string id = IdCell((*csv)[id_column]);
    const auto [earlier, is_new] = splits.emplace(id, *split);
    if (!is_new && earlier->second != *split) return Twice(*csv, id);
  }
}

}  // namespace

absl::StatusOr<absl::flat_hash_map<std::string, InspectStudy>> ReadInspectTables(const std::string& folder,
                                                                                 FileDatasetParts* parts) {
  ASAP_ASSIGN_OR_RETURN(const std::string path, FindTable(folder, "study_mapping", "impression_id, image_id and person_id"));
  ASAP_ASSIGN_OR_RETURN(const CaseLabels labels, ReadLabels(folder));
  labels.TellRepeated(parts);
  ASAP_ASSIGN_OR_RETURN(const auto splits, ReadSplits(folder));
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<CsvReader> csv, CsvReader::Open(path));
  ASAP_ASSIGN_OR_RETURN(const size_t impression_column, csv->Column("impression_id"));
  ASAP_ASSIGN_OR_RETURN(const size_t image_column, csv->Column("image_id"));
  ASAP_ASSIGN_OR_RETURN(const size_t person_column, csv->Column("person_id"));
  absl::flat_hash_map<std::string, InspectStudy> studies;
  while (true) {
    ASAP_ASSIGN_OR_RETURN(const bool more, csv->Next());
    if (!more) return studies;
    const std::string impression = IdCell((*csv)[impression_column]);
    absl::string_view image = absl::StripAsciiWhitespace((*csv)[image_column]);
    if (!absl::ConsumeSuffix(&image, ".nii.gz")) absl::ConsumeSuffix(&image, ".nii");
    if (IsUnknownCell(image)) continue;  // a report without a scan
    InspectStudy study;
    study.person = IdCell((*csv)[person_column]);
    if (IsUnknownCell(study.person)) {
      return absl::InvalidArgumentError(absl::StrCat(path, ":", csv->line(), ": the cell \"person_id\" of image ", image,
                                                     " is empty; without it a patient could cross splits unseen"));
    }
    if (const auto split = splits.find(impression); split != splits.end()) study.split = split->second;
    const std::vector<double> row = labels.Of(impression);
    std::copy(row.begin(), row.end(), study.labels.begin());
    study.labelled = labels.Has(impression);
    const auto [earlier, is_new] = studies.emplace(std::string(image), study);
    if (is_new) continue;
    const InspectStudy& known = earlier->second;
    if (known.person != study.person || known.split != study.split || !SameLabels(known.labels, study.labels)) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ":", csv->line(), ": the image ", image,
                       " is listed before with another person, split or labels; keep one of the rows"));
    }
  }
}

}  // namespace asap
