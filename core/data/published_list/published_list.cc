#include "core/data/published_list/published_list.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "core/base/file.h"
#include "core/base/sha256.h"
#include "core/base/status.h"
#include "core/csv/cell.h"
#include "core/csv/csv.h"

namespace asap {
namespace {

constexpr double kMostClasses = 1e6;

constexpr absl::string_view kHeaders[] = {"VolumeName", "NoteAcc_DEID", "im", "PatientID", "SeriesInstanceUID"};

absl::Status CheckPublished(const PublishedList& list, const ExpectedList& expected) {
  const bool same_rows = list.size() == expected.rows;
  if (same_rows && absl::StartsWith(list.sha256, expected.sha256_prefix)) return absl::OkStatus();
  const absl::string_view found = absl::string_view(list.sha256).substr(0, absl::string_view(expected.sha256_prefix).size());
  return absl::FailedPreconditionError(
      absl::StrCat(list.path, ": not the published list: its SHA-256 begins with ", found, ", expected ", expected.sha256_prefix,
                   same_rows ? absl::StrCat("; the number of rows, ", list.size(), ", is the published one")
                             : absl::StrCat("; it has ", list.size(), " rows, expected ", expected.rows),
                   ". Published numbers hold for the published lists alone: take the folder Benchmark/ of the published code at "
                   "commit 6918832 as it is, or do without published lists, under the strict protocol"));
}

}  // namespace

absl::StatusOr<PublishedList> ReadPublishedList(const std::string& path, const ExpectedList* expected) {
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<CsvReader> csv, CsvReader::Open(path));
  const std::vector<std::string>& columns = csv->columns();
  if (columns.size() < 2 || std::none_of(std::begin(kHeaders), std::end(kHeaders), [&](absl::string_view prefix) {
        return absl::StartsWithIgnoreCase(columns[0], prefix);
      })) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ":1: no header of a split list: ", columns.size(),
        " columns; expected one with ids, called VolumeName, NoteAcc_DEID, impression_id, image_id, img_list, PatientID or "
        "SeriesInstanceUID, and one for each label. Is this another file of the same folder?"));
  }
  PublishedList list;
  list.path = path;
  list.label_names.assign(columns.begin() + 1, columns.end());
  struct Earlier {
    int64_t line = 0;
    size_t row = 0;
  };
  absl::flat_hash_map<std::string, Earlier> row_of;
  while (true) {
    ASAP_ASSIGN_OR_RETURN(const bool more, csv->Next());
    if (!more) break;
    const std::string id = IdCell(absl::StripSuffix(absl::StripAsciiWhitespace((*csv)[0]), ".nii.gz"));
    if (id.empty()) return absl::InvalidArgumentError(absl::StrCat(path, ":", csv->line(), ": the id is empty"));
    std::vector<int> values;
    for (size_t column = 1; column < columns.size(); ++column) {
      const std::optional<double> value = NumberCell((*csv)[column]);
      if (!value.has_value() || !(*value >= 0 && *value <= kMostClasses) || *value != std::floor(*value)) {
        return absl::InvalidArgumentError(absl::StrCat(path, ":", csv->line(), ": the label \"", columns[column], "\" of case ",
                                                       id, " is no class; expected a whole number, 0 or more"));
      }
      values.push_back(static_cast<int>(*value));
    }
    const auto [known, is_new] = row_of.emplace(id, Earlier{csv->line(), list.ids.size()});
    if (is_new) {
      list.ids.push_back(id);
      list.values.insert(list.values.end(), values.begin(), values.end());
    } else if (!std::equal(values.begin(), values.end(), list.values.begin() + known->second.row * values.size())) {
      return absl::InvalidArgumentError(absl::StrCat(path, ":", csv->line(), ": the case ", id, " is on line ",
                                                     known->second.line,
                                                     " already, with other labels; keep the row that is right"));
    }
  }
  if (list.ids.empty()) return absl::InvalidArgumentError(absl::StrCat(path, ": lists no case; expected a row for each"));

  ASAP_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  list.sha256 = Sha256Hex(bytes);
  if (expected == nullptr) return list;
  if (!absl::StartsWith(list.sha256, expected->sha256_prefix) && absl::StrContains(bytes, "\r\n")) {
    const std::string as_committed = Sha256Hex(absl::StrReplaceAll(bytes, {{"\r\n", "\n"}}));
    if (absl::StartsWith(as_committed, expected->sha256_prefix)) list.sha256 = as_committed;
  }
  ASAP_RETURN_IF_ERROR(CheckPublished(list, *expected));
  return list;
}

}  // namespace asap
