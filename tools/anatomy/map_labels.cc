#include "tools/anatomy/map_labels.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status.h"
#include "core/base/suggest.h"
#include "core/imaging/formats/read_volume.h"
#include "core/imaging/geometry.h"
#include "core/imaging/reorient.h"
#include "tools/anatomy/label_names.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLabel = 65535;
constexpr size_t kMostListed = 5;  // of what is wrong, in a message

std::string NearestTo(absl::string_view name, const LabelTable& table) {
  const std::vector<std::string> organs = table.Organs();
  const auto nearest = std::min_element(organs.begin(), organs.end(), [&](const std::string& a, const std::string& b) {
    return EditDistance(name, a) < EditDistance(name, b);
  });
  if (nearest == organs.end() || EditDistance(name, *nearest) > std::max<size_t>(2, name.size() / 3)) return "";
  return absl::StrCat(" (did you mean ", *nearest, "?)");
}

std::string Listed(std::vector<std::string> items) {
  const size_t more = items.size() > kMostListed ? items.size() - kMostListed : 0;
  items.resize(items.size() - more);
  return absl::StrCat(absl::StrJoin(items, ", "), more > 0 ? absl::StrCat(" and ", more, " more") : "");
}

// The table's row of each label, by the names in the file or by a column of ids.
absl::StatusOr<std::map<int, int>> RowsOfLabels(const std::string& path, const LabelTable& table, const std::string& id_column,
                                                std::string* how) {
  std::map<int, int> rows;
  if (id_column.empty()) {
    ASAP_ASSIGN_OR_RETURN(const auto names, ReadLabelNames(path));
    if (!names.empty()) {
      *how = "names in the file";
      for (const auto& [label, name] : names) rows[label] = table.Find(name);
      return rows;
    }
  }
  absl::StatusOr<int> column = table.IdColumn(id_column);
  if (!column.ok()) return Annotate(column.status(), path);
  *how = absl::StrCat("column ", table.id_columns[*column]);
  for (size_t row = 0; row < table.rows.size(); ++row) {
    if (table.rows[row].ids[*column] > 0) rows[table.rows[row].ids[*column]] = static_cast<int>(row);
  }
  return rows;
}

}  // namespace

absl::StatusOr<MappedMask> MapLabelFile(const std::string& path, const LabelTable& table, const std::string& id_column) {
  MappedMask result;
  ASAP_ASSIGN_OR_RETURN(const auto rows, RowsOfLabels(path, table, id_column, &result.ids));
  ASAP_ASSIGN_OR_RETURN(const Volume<float> map, ReadVolume(path));
  std::vector<int> class_of(kMostLabel + 1, -1);
  class_of[0] = 0;
  for (const auto& [label, row] : rows) {
    if (label > 0 && label <= kMostLabel && row >= 0) class_of[label] = table.rows[row].mask_class;
  }
  result.mask.geometry = map.geometry;
  result.mask.voxels.resize(map.voxels.size());
  std::map<int, int64_t> unknown;
  for (size_t i = 0; i < map.voxels.size(); ++i) {
    const float value = map.voxels[i];
    if (!(value >= 0 && value <= kMostLabel) || value != std::floor(value)) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": holds the value ", value, ", expected whole labels from 0 to ",
                                                     kMostLabel,
                                                     ". It is no label map: give TotalSegmentator's output, not the scan."));
    }
    const int label = static_cast<int>(value);
    if (class_of[label] < 0) {
      ++unknown[label];
    } else {
      result.mask.voxels[i] = static_cast<uint8_t>(class_of[label]);
    }
  }
  if (unknown.empty()) return result;
  std::vector<std::string> items;
  const bool by_name = result.ids == "names in the file";
  const auto names = by_name ? ReadLabelNames(path) : absl::StatusOr<std::map<int, std::string>>(std::map<int, std::string>());
  for (const auto& [label, count] : unknown) {
    std::string name;
    if (names.ok() && names->count(label) > 0) name = absl::StrCat(" ", names->at(label), NearestTo(names->at(label), table));
    items.push_back(absl::StrCat(label, name, " in ", count, " voxels"));
  }
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": ", unknown.size(), " labels are not in ", table.path, " (", result.ids, "): ", Listed(items),
                   ". Add a line for each to a copy of the table (class 0 leaves it out) and pass it with --labels",
                   by_name ? "." : ", or name the right numbering with --label_ids."));
}

absl::StatusOr<MappedMask> MapOrganFolder(const std::string& folder, const LabelTable& table) {
  std::map<int, std::string> files;  // by row: the later line is painted last
  std::vector<std::string> unknown;
  std::error_code error;
  fs::directory_iterator it(folder, error);
  if (error) return absl::PermissionDeniedError(absl::StrCat("cannot list ", folder, ": ", error.message()));
  for (const fs::directory_iterator end; it != end; it.increment(error)) {
    if (error) return absl::PermissionDeniedError(absl::StrCat("cannot list ", folder, ": ", error.message()));
    const std::string path = it->path().string();
    if (!HasVolumeExtension(path) || it->path().filename().string()[0] == '.') continue;
    const std::string organ = VolumeStem(path);
    const int row = table.Find(organ);
    if (row < 0) {
      unknown.push_back(absl::StrCat(it->path().filename().string(), NearestTo(organ, table)));
    } else if (!files.emplace(row, path).second) {
      return absl::InvalidArgumentError(
          absl::StrCat(folder, ": both ", files[row], " and ", path, " hold the organ ", organ, ". Remove one."));
    }
  }
  if (!unknown.empty()) {
    std::sort(unknown.begin(), unknown.end());
    return absl::InvalidArgumentError(absl::StrCat(folder, ": ", unknown.size(), " files are named after no organ of ",
                                                   table.path, ": ", Listed(unknown),
                                                   ". Rename them, or add a line for each to a copy of the table (class 0 leaves "
                                                   "it out) and pass it with --labels."));
  }
  MappedMask result;
  result.ids = "file names";
  std::string first;
  for (const auto& [row, path] : files) {
    const uint8_t mask_class = table.rows[row].mask_class;
    if (mask_class == 0) continue;
    ASAP_ASSIGN_OR_RETURN(Volume<float> organ, ReadVolume(path));
    if (first.empty()) {
      first = path;
      result.mask.geometry = organ.geometry;
      result.mask.voxels.assign(organ.voxels.size(), 0);
    }
    organ = AlongAxesOf(result.mask.geometry, std::move(organ));
    ASAP_RETURN_IF_ERROR(SameGrid(result.mask.geometry, first, organ.geometry, path));
    float foreground = 0;
    for (size_t i = 0; i < organ.voxels.size(); ++i) {
      const float value = organ.voxels[i];
      if (value == 0) continue;
      if (foreground == 0) foreground = value;
      if (value != foreground || !(value > 0)) {
        return absl::InvalidArgumentError(absl::StrCat(path, ": holds the values ", foreground, " and ", value,
                                                       ", expected 0 and one other. It is not the mask of one organ: give a "
                                                       "label map as a file of its own, not in a folder of organs."));
      }
      uint8_t& voxel = result.mask.voxels[i];
      result.overlaps += voxel != 0 && voxel != mask_class;
      voxel = mask_class;
    }
  }
  if (first.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(folder, ": none of its ", files.size(), " organs has a class above 0 in ",
                                                      table.path, ". Correct the table."));
  }
  return result;
}

}  // namespace asap
