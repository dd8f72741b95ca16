#include "tools/anatomy/case_mask.h"

#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/imaging/formats/read_volume.h"
#include "core/imaging/formats/write_nifti.h"
#include "core/imaging/geometry.h"
#include "core/imaging/hu_check.h"
#include "core/imaging/reorient.h"
#include "core/imaging/segment/chest.h"
#include "tools/anatomy/map_labels.h"
#include "tools/anatomy/overlay.h"
#include "tools/preprocess/fingerprint.h"

namespace asap {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// Changed when the same inputs would give another mask.
constexpr int kRecordVersion = 1;
constexpr char kApproximate[] = "APPROXIMATE anatomy: thresholds and morphology, no learned model (asap classical)";
constexpr char kMapped[] = "anatomy classes mapped by a table (asap map)";

// What the outputs depend on.
std::string Inputs(const ScanCase& scan, const AnatomySettings& settings) {
  std::string text =
      absl::StrFormat("version %d, method %s, ids %s, source %s (%s), volume %s (%s), classes %s, table", kRecordVersion,
                      settings.method == AnatomyMethod::kMap ? "map" : "classical", settings.label_ids, scan.source,
                      Fingerprint(scan.source), scan.mask, Fingerprint(scan.mask), absl::StrJoin(settings.table.classes, "/"));
  for (const LabelRow& row : settings.table.rows) {
    absl::StrAppend(&text, " ", row.organ, ":", absl::StrJoin(row.ids, ":"), ":", static_cast<int>(row.mask_class));
  }
  return text;
}

std::optional<AnatomyCase> ReadRecord(const std::string& path, const std::string& inputs, const AnatomyCase& expected) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return std::nullopt;
  const Json json = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || json.value("inputs", Json()) != inputs) return std::nullopt;
  const Json classes = json.value("classes", Json());
  if (!classes.is_array()) return std::nullopt;
  AnatomyCase result = expected;
  result.done_before = true;
  const auto number = [](const Json& value) { return value.is_number() ? value.get<double>() : 0.0; };
  const auto word = [](const Json& value) { return value.is_string() ? value.get<std::string>() : std::string(); };
  for (const Json& entry : classes) {
    if (!entry.is_object()) return std::nullopt;
    result.classes.push_back({static_cast<int64_t>(number(entry.value("voxels", Json()))), number(entry.value("ml", Json()))});
  }
  result.overlaps = static_cast<int64_t>(number(json.value("overlap_voxels", Json())));
  result.ids = word(json.value("ids", Json()));
  if (json.contains("notes") && json["notes"].is_array()) {
    for (const Json& note : json["notes"]) result.notes.push_back(word(note));
  }
  return result;
}

absl::Status WriteRecord(const std::string& path, const ScanCase& scan, const AnatomySettings& settings,
                         const std::string& inputs, const AnatomyCase& result) {
  Json classes = Json::array();
  for (size_t label = 0; label < result.classes.size(); ++label) {
    classes.push_back({{"class", label},
                       {"name", settings.table.classes[label]},
                       {"voxels", result.classes[label].voxels},
                       {"ml", result.classes[label].ml}});
  }
  const Json json = {{"case", scan.id},
                     {"method", settings.method == AnatomyMethod::kMap ? "map" : "classical"},
                     {"approximate", result.approximate},
                     {"description", result.approximate ? kApproximate : kMapped},
                     {"table", settings.table.path},
                     {"ids", result.ids},
                     {"overlap_voxels", result.overlaps},
                     {"classes", classes},
                     {"notes", result.notes},
                     {"inputs", inputs}};
  return WriteFileAtomically(path, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

absl::Status MakeParent(const std::string& path) { return MakeWritableFolder(fs::path(path).parent_path().string()); }

// The classes of the structures that SegmentChest finds, by the table.
absl::StatusOr<std::array<uint8_t, kChestStructures>> StructureClasses(const LabelTable& table) {
  std::array<uint8_t, kChestStructures> classes = {};
  for (int structure = kOtherTissue; structure < kChestStructures; ++structure) {
    const int row = table.Find(kChestStructureNames[structure]);
    if (row < 0) {
      return absl::InvalidArgumentError(absl::StrCat(table.path, " has no line for ", kChestStructureNames[structure],
                                                     ", which --method=classical finds. Add one (class 0 leaves it out)."));
    }
    classes[structure] = table.rows[row].mask_class;
  }
  return classes;
}

// Classes whose voxels on the scan cannot be what their name says: a numbering of another version, or a shifted mask.
void CheckAgainstScan(const Volume<float>& scan, const Volume<uint8_t>& mask, const LabelTable& table,
                      std::vector<std::string>* notes) {
  std::vector<double> sums(256, 0), counts(256, 0);
  for (size_t i = 0; i < mask.voxels.size(); ++i) {
    sums[mask.voxels[i]] += scan.voxels[i];
    ++counts[mask.voxels[i]];
  }
  const struct {
    const char* name;
    double low, high;
  } kPlausible[] = {{"lung", -1000, -300}, {"bone", 60, 1500}, {"heart", -50, 600}, {"liver", -50, 300}};
  for (const auto& plausible : kPlausible) {
    for (size_t label = 1; label < table.classes.size(); ++label) {
      if (table.classes[label] != plausible.name || counts[label] < 100) continue;
      const double mean = sums[label] / counts[label];
      if (mean >= plausible.low && mean <= plausible.high) continue;
      notes->push_back(
          absl::StrFormat("class %s has a mean of %.0f HU on its volume, expected %.0f to %.0f: is --label_ids the "
                          "version that made the map, and the volume its own?",
                          plausible.name, mean, plausible.low, plausible.high));
    }
  }
}

absl::StatusOr<Volume<uint8_t>> MapMask(const ScanCase& scan, const AnatomySettings& settings, AnatomyCase* result) {
  std::error_code error;
  absl::StatusOr<MappedMask> mapped = fs::is_directory(scan.source, error)
                                          ? MapOrganFolder(scan.source, settings.table)
                                          : MapLabelFile(scan.source, settings.table, settings.label_ids);
  if (!mapped.ok()) return mapped.status();
  result->overlaps = mapped->overlaps;
  result->ids = mapped->ids;
  return std::move(mapped->mask);
}

absl::StatusOr<Volume<uint8_t>> ClassicalMask(const ScanCase& scan, const Volume<float>& volume, const LabelTable& table,
                                              AnatomyCase* result) {
  ASAP_ASSIGN_OR_RETURN(const auto classes, StructureClasses(table));
  std::string warning;
  const absl::Status plausible = HuPlausibility(absl::MakeConstSpan(volume.voxels), &warning);
  if (!plausible.ok()) return Annotate(plausible, scan.source);
  ChestSegmentation chest = SegmentChest(volume);
  if (!warning.empty()) result->notes.push_back(warning);
  for (std::string& note : chest.notes) result->notes.push_back(std::move(note));
  for (uint8_t& voxel : chest.labels.voxels) voxel = classes[voxel];
  return std::move(chest.labels);
}

}  // namespace

absl::StatusOr<AnatomyCase> MakeCaseMask(const ScanCase& scan, const AnatomySettings& settings, const std::string& output) {
  ASAP_RETURN_IF_ERROR(scan.defect);
  const bool classical = settings.method == AnatomyMethod::kClassical;
  AnatomyCase result;
  result.mask = absl::StrCat("masks/", scan.id, ".nii.gz");
  result.overlay = absl::StrCat("overlays/", scan.id, ".png");
  result.approximate = classical;
  const std::string mask_path = absl::StrCat(output, "/", result.mask);
  const std::string overlay_path = absl::StrCat(output, "/", result.overlay);
  const std::string record_path = absl::StrCat(output, "/masks/", scan.id, ".json");
  const std::string inputs = Inputs(scan, settings);
  if (!settings.overwrite && fs::exists(mask_path) && fs::exists(overlay_path)) {
    if (std::optional<AnatomyCase> before = ReadRecord(record_path, inputs, result)) return *std::move(before);
  }

  const std::string& volume_path = classical ? scan.source : scan.mask;
  std::optional<Volume<float>> volume;
  if (!volume_path.empty()) {
    ASAP_ASSIGN_OR_RETURN(volume, ReadVolume(volume_path));
  }
  ASAP_ASSIGN_OR_RETURN(const Volume<uint8_t> mask,
                        classical ? ClassicalMask(scan, *volume, settings.table, &result) : MapMask(scan, settings, &result));
  if (!classical && volume.has_value()) {
    volume = AlongAxesOf(mask.geometry, *std::move(volume));
    ASAP_RETURN_IF_ERROR(SameGrid(volume->geometry, volume_path, mask.geometry, scan.source));
    CheckAgainstScan(*volume, mask, settings.table, &result.notes);
  }
  const Geometry& grid = mask.geometry;
  result.classes.resize(settings.table.classes.size());
  for (const uint8_t label : mask.voxels) ++result.classes[label].voxels;
  for (ClassExtent& extent : result.classes) {
    extent.ml = static_cast<double>(extent.voxels) * grid.spacing[0] * grid.spacing[1] * grid.spacing[2] / 1000;
  }
  if (result.classes[0].voxels == static_cast<int64_t>(mask.voxels.size())) {
    result.notes.push_back("the mask is empty: every voxel is background");
  }
  const std::string caption = absl::StrCat(classical ? "approximate: thresholds and morphology, no learned model   " : "",
                                           scan.id.substr(scan.id.rfind('/') + 1));
  const RgbImage picture = DrawMaskOverlay(volume.has_value() ? &*volume : nullptr, mask, settings.table.classes, caption);
  for (const std::string* path : {&mask_path, &overlay_path}) ASAP_RETURN_IF_ERROR(MakeParent(*path));
  ASAP_RETURN_IF_ERROR(WritePng(overlay_path, picture));
  ASAP_RETURN_IF_ERROR(WriteNifti(mask_path, mask, classical ? kApproximate : kMapped));
  // The record last: it vouches for the others.
  ASAP_RETURN_IF_ERROR(WriteRecord(record_path, scan, settings, inputs, result));
  return result;
}

absl::StatusOr<std::vector<bool>> ClassesMade(const AnatomySettings& settings) {
  std::vector<bool> made(settings.table.classes.size(), settings.method == AnatomyMethod::kMap);
  if (settings.method == AnatomyMethod::kMap) return made;
  ASAP_ASSIGN_OR_RETURN(const auto classes, StructureClasses(settings.table));
  for (int structure = kOtherTissue; structure < kChestStructures; ++structure) made[classes[structure]] = true;
  return made;
}

int64_t EstimateAnatomyMemory(const ScanCase& scan, AnatomyMethod method) {
  if (!scan.defect.ok()) return 0;
  std::error_code error;
  std::string path = method == AnatomyMethod::kMap && !scan.mask.empty() ? scan.mask : scan.source;
  if (method == AnatomyMethod::kMap && scan.mask.empty() && fs::is_directory(path, error)) {
    fs::directory_iterator it(path, error);
    for (const fs::directory_iterator end; !error && it != end; it.increment(error)) {
      if (!HasVolumeExtension(it->path().string())) continue;
      path = it->path().string();
      break;
    }
  }
  const absl::StatusOr<Geometry> geometry = ReadGeometry(path);
  if (!geometry.ok()) return 0;
  // Scan and labels as float while the latter are decoded, the mask, and its compressed copy.
  return geometry->voxels() * (method == AnatomyMethod::kMap ? 16 : 12);
}

}  // namespace asap
