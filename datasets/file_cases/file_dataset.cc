#include "datasets/file_cases/file_dataset.h"

#include <sys/stat.h>

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "core/base/file.h"
#include "core/base/random.h"
#include "core/base/status.h"
#include "core/base/suggest.h"
#include "core/imaging/formats/read_volume.h"
#include "core/imaging/ras_source.h"
#include "core/imaging/reorient.h"
#include "core/text/laterality.h"
#include "datasets/file_cases/compare_grids.h"

namespace asap {
namespace {

// A file that was there when the run began is gone more often with its disk than alone.
absl::Status OfCase(const absl::Status& status, const std::string& name) {
  if (!absl::IsNotFound(status)) return Annotate(status, name);
  return absl::NotFoundError(absl::StrCat(name, ": ", status.message(),
                                          ". Is the disk with the data mounted? Restore the file and start again: a run goes on "
                                          "from its last checkpoint."));
}

// Whether sizes differ, and by one voxel at most along each axis.
bool OneVoxelApart(const Index3& a, const Index3& b) {
  int64_t largest = 0;
  for (int axis = 0; axis < 3; ++axis) largest = std::max<int64_t>(largest, std::abs(a[axis] - b[axis]));
  return largest == 1;
}

}  // namespace

void RepeatedRows::Tell(absl::string_view table, FileDatasetParts* parts) const {
  if (count_ == 0) return;
  parts->problems.push_back({.severity = DatasetProblem::Severity::kWarning,
                             .message = absl::StrCat(table, ": ", count_, count_ == 1 ? " row repeats" : " rows repeat",
                                                     " what an earlier row says of the same case, the first on line ",
                                                     first_line_, "; each case counts once"),
                             .remedy = "remove the rows that repeat"});
}

absl::Status FileCaseCollector::Add(const FileCase& row, int64_t line, bool* kept) {
  *kept = false;
  const auto [earlier, is_new] = row_of_id_.emplace(Mix64(Fnv1a64(row.id)), Row{.line = line, .digest = row.digest});
  if (!is_new) {
    if (row.digest != 0 && earlier->second.digest == row.digest) {
      repeated_.Add(line);
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError(
        absl::StrCat(path_, ":", line, ": the case \"", row.id, "\" is on line ", earlier->second.line,
                     " already, and says something else there: keep one of the rows. Case ids are the volumes' file names: where "
                     "these are two cases, give each row its own file name, or its own id in a column \"case\""));
  }
  *kept = split_.empty() || row.split == split_;
  (*kept ? table_ : others_).Add(row);

  uint32_t split = static_cast<uint32_t>(std::find(splits_.begin(), splits_.end(), row.split) - splits_.begin());
  if (split == splits_.size()) splits_.emplace_back(row.split);
  const auto [seen, first] = patients_.emplace(Mix64(Fnv1a64(row.patient)),
                                               Seen{.case_number = static_cast<uint32_t>(first_cases_.size()), .split = split});
  if (first) {
    first_cases_.Add({.id = row.id});
  } else if (seen->second.split != split) {
    conflicts_.push_back({.case_id = std::string(row.id),
                          .split = std::string(row.split),
                          .other_case_id = std::string(first_cases_[seen->second.case_number].id),
                          .other_split = splits_[seen->second.split]});
  }
  return absl::OkStatus();
}

absl::Status FileCaseCollector::Finish(FileDatasetParts* parts) {
  if (row_of_id_.empty()) return absl::InvalidArgumentError(absl::StrCat(path_, ": lists no case; expected a row for each"));
  if (table_.size() == 0) {
    std::vector<std::string> named;
    for (const std::string& split : splits_) named.push_back(split.empty() ? "(none)" : split);
    return absl::InvalidArgumentError(
        absl::StrCat(path_, ": no case is in the split \"", split_, "\"; found: ", absl::StrJoin(named, ", ")));
  }
  parts->cases = std::move(table_);
  parts->other_cases = std::move(others_);
  parts->conflicts = std::move(conflicts_);
  repeated_.Tell(path_, parts);
  return absl::OkStatus();
}

absl::StatusOr<std::string> SplitName(absl::string_view written) {
  const std::string name = absl::AsciiStrToLower(absl::StripAsciiWhitespace(written));
  if (name == "val" || name == "validation") return std::string("valid");
  if (name.empty() || name == "train" || name == "valid" || name == "test") return name;
  return absl::InvalidArgumentError(
      absl::StrCat("the split is \"", written, "\"; expected train, valid (val, validation), test, or an empty cell"));
}

absl::StatusOr<std::unique_ptr<Dataset>> FileDataset::Create(FileDatasetParts parts) {
  std::unique_ptr<CsvRows> rows;
  if (parts.reports) {
    ASAP_ASSIGN_OR_RETURN(rows, CsvRows::Open(parts.table_path));
  }
  return std::unique_ptr<Dataset>(new FileDataset(std::move(parts), std::move(rows)));
}

CaseInfo FileDataset::Info(int64_t index) const {
  const FileCase row = parts_.cases[index];
  return {.id = std::string(row.id),
          .patient = std::string(row.patient),
          .split = std::string(row.split),
          .site = std::string(row.site),
          .has_mask = !row.mask.empty()};
}

absl::StatusOr<ReportText> FileDataset::Report(int64_t index) const {
  if (!parts_.reports) return ReportText{};
  const FileCase row = parts_.cases[index];
  ASAP_ASSIGN_OR_RETURN(std::vector<std::string> cells, rows_->Read(row.report_offset));
  const size_t last = std::max({parts_.volume_column, parts_.findings_column, parts_.impression_column});
  if (cells.size() <= last || absl::StripAsciiWhitespace(cells[parts_.volume_column]) != row.volume) {
    return absl::FailedPreconditionError(
        absl::StrCat(parts_.table_path, ": changed since it was opened (the row of case ", row.id, " has moved); start again"));
  }
  return ReportText{.findings = std::move(cells[parts_.findings_column]),
                    .impression = std::move(cells[parts_.impression_column])};
}

VolumeTransform FileDataset::TransformOf(VolumeTransform::Kind kind) const {
  if (!parts_.spacing.has_value()) return {};
  return {.kind = kind, .preprocess = {.spacing = *parts_.spacing}};
}

absl::StatusOr<std::unique_ptr<VoxelSource>> FileDataset::OpenFile(const std::string& path, VolumeTransform::Kind kind,
                                                                   std::optional<Index3> size) const {
  VolumeTransform transform = TransformOf(kind);
  transform.preprocess.size = size;
  ASAP_ASSIGN_OR_RETURN(std::unique_ptr<VoxelSource> source,
                        parts_.cache == nullptr ? OpenUncached(path, transform) : parts_.cache->Open(path, transform));
  if (parts_.ras) source = InRasOrder(std::move(source));
  const auto& adapt = kind == VolumeTransform::Kind::kImage ? parts_.adapt_volume : parts_.adapt_mask;
  return adapt == nullptr ? std::move(source) : adapt(path, std::move(source));
}

absl::StatusOr<Geometry> FileDataset::VolumeGrid(const std::string& path) const {
  const VolumeTransform transform = TransformOf(VolumeTransform::Kind::kImage);
  if (parts_.cache != nullptr) {
    if (const std::unique_ptr<VoxelSource> entry = parts_.cache->Find(path, transform); entry != nullptr)
      return parts_.ras ? RasGeometry(entry->geometry()) : entry->geometry();
  }
  ASAP_ASSIGN_OR_RETURN(const Geometry stored, ReadGeometry(path));
  ASAP_ASSIGN_OR_RETURN(const Geometry grid, transform.GridOf(stored));
  return parts_.ras ? RasGeometry(grid) : grid;
}

absl::StatusOr<std::unique_ptr<VoxelSource>> FileDataset::Volume(int64_t index) const {
  const FileCase row = parts_.cases[index];
  const absl::StatusOr<std::string> path = parts_.volume_path(row.volume);
  const std::string name = absl::StrCat("case ", row.id);
  if (!path.ok()) return OfCase(path.status(), name);
  absl::StatusOr<std::unique_ptr<VoxelSource>> source = OpenFile(*path, VolumeTransform::Kind::kImage);
  if (!source.ok()) return OfCase(source.status(), name);
  return source;
}

absl::StatusOr<std::unique_ptr<VoxelSource>> FileDataset::Mask(int64_t index) const {
  const FileCase row = parts_.cases[index];
  const std::string name = absl::StrCat("case ", row.id);
  if (row.mask.empty()) return absl::NotFoundError(absl::StrCat(name, ": has no mask"));
  const std::string mask_path = parts_.mask_path(row.mask);
  const absl::StatusOr<std::string> volume_path = parts_.volume_path(row.volume);
  if (!volume_path.ok()) return OfCase(volume_path.status(), name);
  const absl::StatusOr<Geometry> volume = VolumeGrid(*volume_path);
  if (!volume.ok()) return OfCase(volume.status(), name);
  absl::StatusOr<std::unique_ptr<VoxelSource>> mask = OpenFile(mask_path, VolumeTransform::Kind::kLabels);
  if (mask.ok() && parts_.spacing && OneVoxelApart(volume->size, (*mask)->geometry().size)) {
    // The two files write one spacing differently, and truncation made a voxel of it.
    mask = OpenFile(mask_path, VolumeTransform::Kind::kLabels, volume->size);
  }
  if (!mask.ok()) return OfCase(mask.status(), name);
  for (const DatasetProblem& problem : CompareGrids(*volume, *volume_path, (*mask)->geometry(), mask_path)) {
    if (problem.severity == DatasetProblem::Severity::kError) {
      return absl::FailedPreconditionError(absl::StrCat(name, ": ", problem.message, "; ", problem.remedy));
    }
  }
  return mask;
}

// Empty where a file cannot be looked at.
std::string FileDataset::StateOf(const std::string& path, VolumeTransform::Kind kind) const {
  std::vector<std::string> files = {path};
  if (absl::EndsWithIgnoreCase(path, ".mhd") || absl::EndsWithIgnoreCase(path, ".nhdr") ||
      absl::EndsWithIgnoreCase(path, ".hdr") || absl::EndsWithIgnoreCase(path, ".img")) {  // the voxels are elsewhere
    absl::StatusOr<std::vector<std::string>> both = VolumeFiles(path);
    if (!both.ok()) return "";
    files = *std::move(both);
  }
  std::string state;
  for (const std::string& file : files) {
    struct stat status;
    if (::stat(file.c_str(), &status) != 0) return "";
    absl::StrAppend(&state, file, " ", status.st_size, " ", status.st_mtim.tv_sec, ".", status.st_mtim.tv_nsec, " ");
  }
  return absl::StrCat(state, TransformOf(kind).Spec(), parts_.ras && !parts_.spacing.has_value() ? ", RAS" : "");
}

std::string FileDataset::Fingerprint(int64_t index) const {
  const absl::StatusOr<std::string> path = parts_.volume_path(parts_.cases[index].volume);
  const std::string state = path.ok() ? StateOf(*path, VolumeTransform::Kind::kImage) : "";
  return state.empty() ? "" : absl::StrCat(state, parts_.assumed);
}

std::string FileDataset::MaskFingerprint(int64_t index) const {
  const FileCase row = parts_.cases[index];
  return row.mask.empty() ? "" : StateOf(parts_.mask_path(row.mask), VolumeTransform::Kind::kLabels);
}

absl::StatusOr<std::map<std::string, double>> FileDataset::Labels(int64_t index) const {
  std::map<std::string, double> labels;
  for (size_t l = 0; l < parts_.labels.size(); ++l) {
    if (const double value = parts_.labels[l][index]; !std::isnan(value)) labels[parts_.card.label_names[l]] = value;
  }
  return labels;
}

absl::Status CheckParameters(const std::map<std::string, std::string>& parameters, const std::vector<std::string>& known,
                             absl::string_view dataset) {
  for (const auto& [name, value] : parameters) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return absl::InvalidArgumentError(absl::StrCat("dataset ", dataset, ": ", UnknownName("parameter", name, known)));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::array<double, 3>>> SpacingParameter(const std::map<std::string, std::string>& parameters) {
  const auto given = parameters.find("spacing");
  if (given == parameters.end()) return std::nullopt;
  const std::vector<std::string> numbers = absl::StrSplit(given->second, 'x');
  std::array<double, 3> spacing;
  bool valid = numbers.size() == 3;
  for (size_t axis = 0; valid && axis < 3; ++axis) valid = absl::SimpleAtod(numbers[axis], &spacing[axis]) && spacing[axis] > 0;
  if (!valid) {
    return absl::InvalidArgumentError(
        absl::StrCat("the parameter spacing is \"", given->second, "\"; expected three numbers in mm such as 1.5x1.5x3.0"));
  }
  return spacing;
}

std::string PathBelow(absl::string_view folder, absl::string_view path) {
  if (folder.empty() || absl::StartsWith(path, "/")) return std::string(path);
  return absl::StrCat(folder, absl::EndsWith(folder, "/") ? "" : "/", path);
}

absl::Status SetMaskClasses(const std::string& names_file, DatasetCard* card) {
  card->mask_classes.clear();
  card->mirrored_classes.clear();
  if (names_file.empty()) {
    card->mask_classes = {"background"};
    for (int id = 1; id <= 8; ++id) card->mask_classes.push_back(absl::StrCat("class ", id));
    return absl::OkStatus();
  }
  ASAP_ASSIGN_OR_RETURN(const std::string contents, ReadFile(names_file));
  for (absl::string_view line : absl::StrSplit(contents, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (!line.empty()) card->mask_classes.emplace_back(line);
  }
  if (card->mask_classes.size() < 2 || card->mask_classes.size() > 256) {
    return absl::InvalidArgumentError(absl::StrCat(names_file, ": names ", card->mask_classes.size(),
                                                   " mask classes; expected 2 to 256, one a line, the background first"));
  }
  std::vector<std::string> words;
  for (const std::string& name : card->mask_classes) words.push_back(absl::StrReplaceAll(name, {{"_", " "}}));
  for (size_t a = 1; a < words.size(); ++a) {
    for (size_t b = a + 1; b < words.size(); ++b) {
      if (words[a] != words[b] && SwapLaterality(words[a]) == words[b]) {
        card->mirrored_classes.emplace_back(static_cast<int>(a), static_cast<int>(b));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace asap
