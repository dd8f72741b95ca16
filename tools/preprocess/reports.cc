#include "tools/preprocess/reports.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "core/base/status.h"
#include "core/csv/csv.h"
#include "tools/preprocess/pairing.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

// The column that is called like the first of `names` that the table has, whatever the case of its letters.
absl::StatusOr<std::optional<size_t>> AnyColumn(const CsvReader& csv, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    std::optional<size_t> found;
    for (size_t column = 0; column < csv.columns().size(); ++column) {
      if (!absl::EqualsIgnoreCase(csv.columns()[column], name)) continue;
      if (found.has_value()) {
        return absl::InvalidArgumentError(absl::StrCat(csv.path(), ": the columns \"", csv.columns()[*found], "\" and \"",
                                                       csv.columns()[column], "\" have one name; keep one"));
      }
      found = column;
    }
    if (found.has_value()) return found;
  }
  return std::optional<size_t>();
}

// A path as it was typed, on this machine or another, to one that ids of cases are compared with.
std::string VolumeKey(absl::string_view typed, const fs::path& root) {
  std::string path(typed);
  if (path.find('/') == std::string::npos) path = absl::StrReplaceAll(path, {{"\\", "/"}});
  fs::path normal = fs::path(path).lexically_normal();
  if (normal.is_absolute()) {
    const fs::path below = normal.lexically_relative(root);
    normal = below == "." ? root.filename() : below.empty() || *below.begin() == ".." ? normal.relative_path() : below;
  }
  return WithoutVolumeExtension(normal.string());
}

}  // namespace

absl::StatusOr<Reports> ReadReports(const std::string& path, const std::string& scans) {
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<CsvReader> csv, CsvReader::Open(path));
  ASAP_ASSIGN_OR_RETURN(const std::optional<size_t> volume, AnyColumn(*csv, {"volume", "VolumeName"}));
  ASAP_ASSIGN_OR_RETURN(const std::optional<size_t> id, AnyColumn(*csv, {"case"}));
  ASAP_ASSIGN_OR_RETURN(const std::optional<size_t> findings, AnyColumn(*csv, {"findings", "Findings_EN"}));
  ASAP_ASSIGN_OR_RETURN(const std::optional<size_t> impression, AnyColumn(*csv, {"impression", "Impressions_EN"}));
  ASAP_ASSIGN_OR_RETURN(const std::optional<size_t> patient, AnyColumn(*csv, {"patient"}));
  ASAP_ASSIGN_OR_RETURN(const std::optional<size_t> split, AnyColumn(*csv, {"split"}));
  if ((!volume && !id) || !findings || !impression) {
    return absl::InvalidArgumentError(absl::StrCat(path,
                                                   ": expected columns volume (or VolumeName) or case, findings (or Findings_EN) "
                                                   "and impression (or Impressions_EN), found ",
                                                   absl::StrJoin(csv->columns(), ", ")));
  }
  Reports reports;
  std::vector<size_t> further;
  std::set<std::string> names;
  for (size_t column = 0; column < csv->columns().size(); ++column) {
    const std::string& name = csv->columns()[column];
    if (column == volume || column == id || column == findings || column == impression || column == patient || column == split) {
      continue;
    }
    const std::string lower = absl::AsciiStrToLower(name);
    if (name.empty() || IsManifestColumn(lower)) continue;
    if (!names.insert(lower).second) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": the column \"", name, "\" appears twice; keep one"));
    }
    further.push_back(column);
    reports.further_columns.push_back(name);
  }
  std::error_code error;
  const fs::path given = fs::path(scans).lexically_normal();
  const fs::path root = fs::is_directory(given, error) ? given : given.parent_path();
  std::map<std::string, int64_t> lines;  // of volumes, or of cases where there is no column of volumes
  while (true) {
    ASAP_ASSIGN_OR_RETURN(const bool more, csv->Next());
    if (!more) return reports;
    const auto cell = [&](const std::optional<size_t>& column) { return column ? std::string((*csv)[*column]) : std::string(); };
    ReportRow row{.id = std::string(absl::StripAsciiWhitespace(cell(id))), .line = csv->line()};
    row.volume = VolumeKey(absl::StripAsciiWhitespace(cell(volume)), root);
    row.name = std::string(absl::StripAsciiWhitespace(cell(volume ? volume : id)));
    row.cells = {.findings = cell(findings), .impression = cell(impression), .patient = cell(patient), .split = cell(split)};
    for (size_t column : further) row.cells.further.push_back(cell(column));
    const std::string key = volume ? row.volume : WithoutVolumeExtension(row.id);
    if (const auto [earlier, fresh] = lines.emplace(key, row.line); !fresh && !key.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ", line ", row.line, ": the volume of line ", earlier->second,
                                                     " once more. Keep one of the two rows."));
    }
    reports.rows.push_back(std::move(row));
  }
}

std::vector<int> RowsOfCases(const Reports& reports, const std::vector<ScanCase>& cases) {
  std::vector<std::string> keys;
  std::map<std::string, int> by_id;
  for (const ReportRow& row : reports.rows) {
    by_id.emplace(row.id, static_cast<int>(keys.size()));
    keys.push_back(row.volume.empty() ? WithoutVolumeExtension(row.id) : row.volume);
  }
  std::vector<int> rows = PairWithScans(IdsOf(cases), keys);
  const std::vector<size_t> left = Unpaired(rows, keys.size());
  for (size_t i = 0; i < cases.size(); ++i) {
    const auto named = by_id.find(cases[i].id);
    if (rows[i] < 0 && named != by_id.end() && std::binary_search(left.begin(), left.end(), named->second)) {
      rows[i] = named->second;
    }
  }
  return rows;
}

}  // namespace asap
