#include "datasets/rad_chestct/location_labels.h"

#include <array>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/base/status.h"
#include "core/csv/csv.h"
#include "datasets/file_cases/label_cell.h"
#include "datasets/rad_chestct/card.h"

namespace asap {

absl::Status AddLocationLabels(const std::string& path, CaseLabels* labels) {
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<CsvReader> csv, CsvReader::Open(path));
  ASAP_ASSIGN_OR_RETURN(const size_t id_column, csv->Column("NoteAcc_DEID"));
  absl::flat_hash_map<std::string, size_t> finding_of;
  for (size_t f = 0; f < kRadChestCtFindings.size(); ++f) {
    for (absl::string_view abnormality : absl::StrSplit(kRadChestCtFindings[f].abnormalities, ' ')) {
      finding_of.emplace(abnormality, f);
    }
  }
  std::vector<std::pair<size_t, size_t>> columns;  // column, finding
  std::array<int, kRadChestCtFindings.size()> columns_of = {};
  for (size_t column = 0; column < csv->columns().size(); ++column) {
    const std::vector<std::string> name = absl::StrSplit(absl::AsciiStrToLower(csv->columns()[column]), absl::MaxSplits('*', 1));
    const auto finding = finding_of.find(name[0]);
    if (finding == finding_of.end()) continue;
    columns.emplace_back(column, finding->second);
    ++columns_of[finding->second];
  }
  for (size_t f = 0; f < columns_of.size(); ++f) {
    if (columns_of[f] > 0) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": has no column for \"", kRadChestCtFindings[f].name, "\"; expected one that begins with ",
                     absl::StrJoin(absl::StrSplit(kRadChestCtFindings[f].abnormalities, ' '), "* or "),
                     "*. Is this the table of abnormalities and places?"));
  }
  while (true) {
    ASAP_ASSIGN_OR_RETURN(const bool more, csv->Next());
    if (!more) return absl::OkStatus();
    std::array<double, kRadChestCtFindings.size()> row = {};
    for (const auto& [column, finding] : columns) {
      ASAP_ASSIGN_OR_RETURN(const double value, LabelCell(*csv, column));
      if (value == 1 || (std::isnan(value) && row[finding] == 0)) row[finding] = value;
    }
    ASAP_RETURN_IF_ERROR(labels->Add(*csv, absl::StripAsciiWhitespace((*csv)[id_column]), row));
  }
}

}  // namespace asap
