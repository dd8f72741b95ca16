#include "tools/preprocess/manifest.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/status.h"
#include "core/csv/csv.h"

namespace asap {
namespace {

// A cell of the run's own: the path that it gives to a case below `folder`, with or without compression.
bool IsOwnPath(absl::string_view cell, absl::string_view folder, absl::string_view id) {
  return absl::ConsumePrefix(&cell, folder) && absl::ConsumePrefix(&cell, id) && (cell == ".nii" || cell == ".nii.gz");
}

bool AnythingTyped(const ManifestRow& row) {
  const auto typed = [](const std::string& cell) { return !cell.empty(); };
  return typed(row.findings) || typed(row.impression) || typed(row.patient) || typed(row.split) ||
         (typed(row.mask) && !IsOwnPath(row.mask, "masks/", row.case_id)) ||
         std::any_of(row.further.begin(), row.further.end(), typed);
}

absl::StatusOr<Manifest> Read(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<CsvReader> csv, CsvReader::Open(path));
  Manifest manifest;
  std::map<std::string, size_t> own;
  std::vector<size_t> further;
  std::set<std::string> names;
  for (size_t column = 0; column < csv->columns().size(); ++column) {
    const std::string& name = csv->columns()[column];
    const std::string lower = absl::AsciiStrToLower(name);
    if (!names.insert(lower).second && !name.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": the column \"", name, "\" appears twice; keep one"));
    }
    if (IsManifestColumn(lower)) {
      own[lower] = column;
    } else if (!name.empty()) {
      further.push_back(column);
      manifest.further_columns.push_back(name);
    }
  }
  if (own.count("volume") == 0 && own.count("case") == 0) return csv->Column("volume").status();
  std::map<std::string, int64_t> lines;
  while (true) {
    ASAP_ASSIGN_OR_RETURN(const bool more, csv->Next());
    if (!more) return manifest;
    const auto cell = [&](const char* name) { return own.count(name) > 0 ? std::string((*csv)[own[name]]) : std::string(); };
    ManifestRow row = {.volume = cell("volume"),
                       .findings = cell("findings"),
                       .impression = cell("impression"),
                       .patient = cell("patient"),
                       .mask = cell("mask"),
                       .split = cell("split"),
                       .case_id = cell("case")};
    for (const size_t column : further) row.further.emplace_back((*csv)[column]);
    absl::string_view id = row.volume;
    if (row.case_id.empty() && absl::ConsumePrefix(&id, "volumes/") &&
        (absl::ConsumeSuffix(&id, ".nii.gz") || absl::ConsumeSuffix(&id, ".nii"))) {
      row.case_id = std::string(id);
    }
    if (const auto [earlier, fresh] = lines.emplace(row.case_id, csv->line()); !fresh && !row.case_id.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ":", csv->line(), ": the case of line ", earlier->second, " once more; keep one of the two rows"));
    }
    manifest.rows.push_back(std::move(row));
  }
}

// Puts what was typed into tables of earlier runs into the rows of this one.
class TakeOver {
 public:
  explicit TakeOver(Manifest* made) : made_(made) {
    for (size_t i = 0; i < made_->rows.size(); ++i) by_case_.emplace(made_->rows[i].case_id, i);
  }

  // The cells of rows whose case is there. A cell that both have becomes the table's where `typed`. The other rows are returned,
  // with their further cells in the columns of `made`.
  std::vector<ManifestRow> Add(const Manifest& before, bool typed) {
    std::vector<size_t> place;  // of each of the table's further columns among those of `made`
    for (const std::string& name : before.further_columns) {
      auto column = std::find_if(made_->further_columns.begin(), made_->further_columns.end(),
                                 [&](const std::string& known) { return absl::EqualsIgnoreCase(known, name); });
      if (column == made_->further_columns.end()) column = made_->further_columns.insert(column, name);
      place.push_back(column - made_->further_columns.begin());
    }
    std::vector<ManifestRow> others;
    for (const ManifestRow& old : before.rows) {
      ManifestRow row = old;
      row.further.assign(made_->further_columns.size(), "");
      for (size_t i = 0; i < place.size(); ++i) row.further[place[i]] = old.further[i];
      const auto found = by_case_.find(old.case_id);
      if (found == by_case_.end()) {
        others.push_back(std::move(row));
        continue;
      }
      ManifestRow& made = made_->rows[found->second];
      made.further.resize(row.further.size());
      const auto keep = [&](const std::string& cell, absl::string_view column, std::string* now) {
        if (cell.empty() || cell == *now || !(typed || now->empty())) return;
        if (!now->empty() && differing_++ == 0) first_differing_ = absl::StrCat(column, " of ", old.case_id);
        *now = cell;
      };
      keep(row.findings, "findings", &made.findings);
      keep(row.impression, "impression", &made.impression);
      keep(row.patient, "patient", &made.patient);
      keep(row.split, "split", &made.split);
      if (!IsOwnPath(row.volume, "volumes/", old.case_id)) keep(row.volume, "volume", &made.volume);
      if (!IsOwnPath(row.mask, "masks/", old.case_id)) keep(row.mask, "mask", &made.mask);
      for (size_t i = 0; i < row.further.size(); ++i) keep(row.further[i], made_->further_columns[i], &made.further[i]);
    }
    return others;
  }

  int differing() const { return differing_; }
  const std::string& first_differing() const { return first_differing_; }

 private:
  Manifest* const made_;
  std::map<std::string, size_t> by_case_;
  int differing_ = 0;
  std::string first_differing_;
};

}  // namespace

absl::StatusOr<Manifest> ReadManifest(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return Manifest();
  absl::StatusOr<Manifest> manifest = Read(path);
  if (manifest.ok()) return manifest;
  return absl::FailedPreconditionError(
      absl::StrCat("what was typed into this table cannot be taken over: ", manifest.status().message(),
                   ". Correct it, or move it out of the output folder."));
}

absl::StatusOr<std::set<std::string>> TypedCases(const ManifestFiles& files) {
  std::set<std::string> cases;
  for (const std::string* path : {&files.manifest, &files.set_aside, &files.joined}) {
    if (path->empty()) continue;
    ASAP_ASSIGN_OR_RETURN(const Manifest manifest, ReadManifest(*path));
    for (const ManifestRow& row : manifest.rows) {
      if (AnythingTyped(row)) cases.insert(row.case_id);
    }
  }
  return cases;
}

absl::StatusOr<std::vector<std::string>> UpdateManifest(const ManifestFiles& files, Manifest* made) {
  TakeOver take_over(made);
  std::vector<ManifestRow> added, set_aside;
  ASAP_ASSIGN_OR_RETURN(const Manifest manifest, ReadManifest(files.manifest));
  for (ManifestRow& row : take_over.Add(manifest, /*typed=*/true)) {
    const bool of_a_case = row.volume.empty() || IsOwnPath(row.volume, "volumes/", row.case_id);
    if (!of_a_case) {
      added.push_back(std::move(row));
    } else if (AnythingTyped(row)) {
      set_aside.push_back(std::move(row));
    }
  }
  if (!files.joined.empty()) {
    ASAP_ASSIGN_OR_RETURN(const Manifest joined, ReadManifest(files.joined));
    take_over.Add(joined, /*typed=*/true);
  }
  ASAP_ASSIGN_OR_RETURN(const Manifest aside, ReadManifest(files.set_aside));
  for (ManifestRow& row : take_over.Add(aside, /*typed=*/false)) {
    const bool newer = std::any_of(set_aside.begin(), set_aside.end(), [&](const ManifestRow& other) {
      return other.case_id == row.case_id && !row.case_id.empty();
    });
    if (!newer) set_aside.push_back(std::move(row));
  }
  made->rows.insert(made->rows.end(), std::make_move_iterator(added.begin()), std::make_move_iterator(added.end()));

  std::vector<std::string> notes;
  std::error_code error;
  // Before the manifest loses them.
  if (!set_aside.empty()) {
    ASAP_RETURN_IF_ERROR(WriteManifest(files.set_aside, made->further_columns, set_aside));
    notes.push_back(absl::StrCat(set_aside.size(), " rows whose cases are gone or skipped are kept in ", files.set_aside,
                                 ", the first is ", set_aside.front().case_id, ". They come back with their scans."));
  }
  ASAP_RETURN_IF_ERROR(WriteManifest(files.manifest, made->further_columns, made->rows));
  if (set_aside.empty()) std::filesystem::remove(files.set_aside, error);
  if (take_over.differing() > 0) {
    notes.push_back(absl::StrCat(take_over.differing(), " cells of ", files.manifest,
                                 " are kept although this run has other values for them, the first is ",
                                 take_over.first_differing(), ". Empty them there to take this run's."));
  }
  return notes;
}

}  // namespace asap
