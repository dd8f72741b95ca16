#include "tools/preprocess/tables.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/csv/csv.h"
#include "core/imaging/formats/read_volume.h"

namespace asap {
namespace {

// RFC 4180: quoted where a comma, a quote or a line end would be taken for structure.
std::string Cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

// The column of the first of `names` that the table has.
std::optional<size_t> AnyColumn(const CsvReader& csv, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (!csv.HasColumn(name)) continue;
    const absl::StatusOr<size_t> column = csv.Column(name);
    if (column.ok()) return *column;
  }
  return std::nullopt;
}

}  // namespace

std::string CsvLine(const std::vector<std::string>& cells) {
  return absl::StrCat(absl::StrJoin(cells, ",", [](std::string* out, const std::string& cell) { out->append(Cell(cell)); }),
                      "\n");
}

absl::Status WriteManifest(const std::string& path, const std::vector<std::string>& further_columns,
                           const std::vector<ManifestRow>& rows) {
  std::vector<std::string> cells = {"volume", "findings", "impression", "patient", "mask", "split", "case"};
  const size_t own_columns = cells.size();
  cells.insert(cells.end(), further_columns.begin(), further_columns.end());
  std::string text = CsvLine(cells);
  for (const ManifestRow& row : rows) {
    cells = {row.volume, row.findings, row.impression, row.patient, row.mask, row.split, row.case_id};
    cells.insert(cells.end(), row.further.begin(), row.further.end());
    cells.resize(own_columns + further_columns.size());
    absl::StrAppend(&text, CsvLine(cells));
  }
  return WriteFileAtomically(path, text);
}

absl::Status WriteSkipped(const std::string& path, const std::vector<SkippedRow>& rows) {
  std::string text = "case,reason,remedy\n";
  for (const SkippedRow& row : rows) absl::StrAppend(&text, CsvLine({row.case_id, row.reason, row.remedy}));
  return WriteFileAtomically(path, text);
}

SkippedRow SplitMessage(const std::string& case_id, const std::string& message) {
  const size_t split = message.rfind(". ");
  if (split == std::string::npos) return {case_id, message, "See the reason; correct the file, or leave it out."};
  return {case_id, message.substr(0, split), message.substr(split + 2)};
}

absl::StatusOr<Reports> ReadReports(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<CsvReader> csv, CsvReader::Open(path));
  const std::optional<size_t> volume = AnyColumn(*csv, {"volume", "VolumeName"});
  const std::optional<size_t> findings = AnyColumn(*csv, {"findings", "Findings_EN"});
  const std::optional<size_t> impression = AnyColumn(*csv, {"impression", "Impressions_EN"});
  const std::optional<size_t> patient = AnyColumn(*csv, {"patient"});
  const std::optional<size_t> split = AnyColumn(*csv, {"split"});
  if (!volume || !findings || !impression) {
    return absl::InvalidArgumentError(absl::StrCat(path,
                                                   ": expected columns volume (or VolumeName), findings (or Findings_EN) and "
                                                   "impression (or Impressions_EN), found ",
                                                   absl::StrJoin(csv->columns(), ", ")));
  }
  Reports reports;
  std::vector<size_t> further;
  for (size_t column = 0; column < csv->columns().size(); ++column) {
    const std::string& name = csv->columns()[column];
    if (column == volume || column == findings || column == impression || column == patient || column == split) continue;
    if (name == "mask" || name == "case" || name.empty()) continue;
    further.push_back(column);
    reports.further_columns.push_back(name);
  }
  while (true) {
    ASAP_ASSIGN_OR_RETURN(const bool more, csv->Next());
    if (!more) return reports;
    const auto cell = [&](const std::optional<size_t>& column) { return column ? std::string((*csv)[*column]) : std::string(); };
    const std::string stem = VolumeStem(cell(volume));
    ManifestRow row = {
        .findings = cell(findings), .impression = cell(impression), .patient = cell(patient), .split = cell(split)};
    for (size_t column : further) row.further.push_back(cell(column));
    if (!reports.rows.emplace(stem, std::move(row)).second) {
      return absl::InvalidArgumentError(absl::StrCat(path, ", line ", csv->line(), ": the volume of an earlier line once more"));
    }
  }
}

}  // namespace asap
