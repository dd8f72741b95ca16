#include "datasets/pairs/pairs.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "core/csv/cell.h"
#include "core/csv/csv.h"
#include "core/dataset_cards.h"
#include "core/imaging/formats/read_volume.h"
#include "datasets/file_cases/file_dataset.h"
#include "datasets/file_cases/known_layouts.h"

namespace asap {
namespace {

// Of a case whose row names none: a table of nothing but scans and reports is for training.
const std::string kDefaultSplit = "train";

constexpr const char* kColumns[] = {"volume", "findings", "impression", "patient", "mask", "split", "case", "site"};

DatasetCard PairsCard(const std::string& table = "a table of your own") {
  DatasetCard card;
  card.name = "pairs";
  card.title = "Pairs of chest CT and report";
  card.source = absl::StrCat("The user's own table, ", table);
  card.licence = "As agreed with those who own the data; reports and volumes are private unless they say otherwise.";
  card.population = "Not stated: describe it beside the table before numbers are published.";
  card.acquisition = "Not stated: describe it beside the table before numbers are published.";
  card.known_defects = {"Nothing is known about the data but what verification finds."};
  return card;
}

// A further column: a label as long as every cell says a number or nothing.
struct LabelColumn {
  size_t column = 0;
  bool any = false;       // a cell says a number
  int64_t text_line = 0;  // of the first cell with other text; 0 where there is none
  std::vector<double> values;
};

// The cells of one of the optional columns; empty where the table has no such column.
class OptionalColumn {
 public:
  OptionalColumn(const CsvReader& csv, absl::string_view name, absl::Status* status) {
    if (!csv.HasColumn(name)) return;
    const absl::StatusOr<size_t> column = csv.Column(name);  // fails where it is there twice
    if (column.ok()) {
      column_ = static_cast<int64_t>(*column);
    } else {
      status->Update(column.status());
    }
  }
  absl::string_view operator()(const CsvReader& csv) const {
    return column_ < 0 ? absl::string_view() : absl::StripAsciiWhitespace(csv[column_]);
  }

 private:
  int64_t column_ = -1;
};

void AddLabels(const CsvReader& csv, std::vector<LabelColumn>* labels) {
  for (LabelColumn& label : *labels) {
    const std::optional<double> value = NumberCell(csv[label.column]);
    label.any |= value.has_value() && !std::isnan(*value);
    if (!value.has_value() && label.text_line == 0) {
      label.text_line = csv.line();
      label.values = {};
    }
    if (label.text_line == 0) label.values.push_back(*value);
  }
}

// A column of text alone is nothing to remark on; one that has numbers as well may hold a slip.
void KeepLabels(const CsvReader& csv, std::vector<LabelColumn>* labels, FileDatasetParts* parts) {
  for (LabelColumn& label : *labels) {
    if (!label.any) continue;
    const std::string& name = csv.columns()[label.column];
    if (label.text_line > 0) {
      parts->problems.push_back(
          {.severity = DatasetProblem::Severity::kWarning,
           .message = absl::StrCat(csv.path(), ":", label.text_line, ": the column \"", name,
                                   "\" holds text here and numbers elsewhere, so it is no label"),
           .remedy = "write numbers, true or false, or nothing where it is not known; a column of remarks is left out as it is"});
      continue;
    }
    parts->card.label_names.push_back(name);
    parts->labels.push_back(std::move(label.values));
  }
}

// The numbers of rows that pandas leaves.
bool IsRowNumber(absl::string_view name) { return name.empty() || absl::StartsWith(name, "Unnamed:"); }

bool HasAMeaning(absl::string_view name) {
  return std::any_of(std::begin(kColumns), std::end(kColumns),
                     [name](const char* column) { return absl::EqualsIgnoreCase(column, name); });
}

}  // namespace

absl::StatusOr<std::unique_ptr<Dataset>> OpenPairs(const DatasetOptions& options) {
  ASAP_RETURN_IF_ERROR(CheckParameters(options.parameters, {"mask_classes", "spacing"}, "pairs"));
  if (options.table.empty()) {
    return absl::InvalidArgumentError(
        "dataset pairs: no table was given; name a CSV with the columns volume, findings, impression, patient");
  }
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<CsvReader> csv, CsvReader::Open(options.table));
  FileDatasetParts parts;
  parts.table_path = options.table;
  parts.cache = options.cache;
  parts.ras = true;
  ASAP_ASSIGN_OR_RETURN(parts.spacing, SpacingParameter(options.parameters));
  parts.card = PairsCard(options.table);
  const auto classes = options.parameters.find("mask_classes");
  ASAP_RETURN_IF_ERROR(SetMaskClasses(classes == options.parameters.end() ? "" : classes->second, &parts.card));
  ASAP_ASSIGN_OR_RETURN(parts.volume_column, csv->Column("volume"));
  ASAP_ASSIGN_OR_RETURN(parts.findings_column, csv->Column("findings"));
  ASAP_ASSIGN_OR_RETURN(parts.impression_column, csv->Column("impression"));
  ASAP_ASSIGN_OR_RETURN(const size_t patient_column, csv->Column("patient"));
  absl::Status status;
  const OptionalColumn mask(*csv, "mask", &status), split(*csv, "split", &status), id(*csv, "case", &status),
      site(*csv, "site", &status);
  ASAP_RETURN_IF_ERROR(status);
  std::vector<LabelColumn> labels;
  std::vector<size_t> read;  // what two rows of a case must agree in
  for (size_t column = 0; column < csv->columns().size(); ++column) {
    const std::string& name = csv->columns()[column];
    if (IsRowNumber(name)) continue;
    read.push_back(column);
    if (HasAMeaning(name)) continue;
    ASAP_RETURN_IF_ERROR(csv->Column(name).status());
    labels.push_back({.column = column});
  }

  ASAP_ASSIGN_OR_RETURN(const std::string wanted, SplitName(options.split));
  FileCaseCollector collector(options.table, wanted);
  while (true) {
    ASAP_ASSIGN_OR_RETURN(const bool more, csv->Next());
    if (!more) break;
    const std::string where = absl::StrCat(options.table, ":", csv->line());
    const absl::string_view volume = absl::StripAsciiWhitespace((*csv)[parts.volume_column]);
    const std::string patient = IdCell((*csv)[patient_column]);
    if (volume.empty()) return absl::InvalidArgumentError(absl::StrCat(where, ": the cell \"volume\" is empty; expected a path"));
    if (IsUnknownCell(patient)) {
      return absl::InvalidArgumentError(
          absl::StrCat(where, ": the cell \"patient\" is empty, or says NA; without it a patient could cross splits unseen"));
    }
    const absl::StatusOr<std::string> split_name = SplitName(split(*csv));
    if (!split_name.ok()) return Annotate(split_name.status(), where);
    const std::string stem = VolumeStem(volume);
    const std::string given = IdCell(id(*csv));
    bool kept = false;
    ASAP_RETURN_IF_ERROR(collector.Add({.id = given.empty() ? stem : given,
                                        .volume = volume,
                                        .mask = mask(*csv),
                                        .patient = patient,
                                        .split = split_name->empty() ? kDefaultSplit : *split_name,
                                        .site = site(*csv),
                                        .report_offset = csv->offset(),
                                        .digest = csv->Digest(read)},
                                       csv->line(), &kept));
    if (kept) AddLabels(*csv, &labels);
  }
  ASAP_RETURN_IF_ERROR(collector.Finish(&parts));
  KeepLabels(*csv, &labels, &parts);
  const std::string folder = options.table.substr(0, options.table.find_last_of('/') + 1);
  parts.volume_path = [folder](absl::string_view volume) -> absl::StatusOr<std::string> { return PathBelow(folder, volume); };
  parts.mask_path = [folder](absl::string_view mask) { return PathBelow(folder, mask); };
  return FileDataset::Create(std::move(parts));
}

REGISTER_DATASET("pairs", OpenPairs);
REGISTER_DATASET_CARD("pairs", [] { return PairsCard(); });
REGISTER_LAYOUT_MARKS("pairs", "pairs", {"pairs.csv"});

}  // namespace asap
