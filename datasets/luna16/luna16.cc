#include "datasets/luna16/luna16.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "core/dataset_cards.h"
#include "datasets/file_cases/file_dataset.h"
#include "datasets/file_cases/find_cases.h"
#include "datasets/file_cases/known_layouts.h"
#include "datasets/file_cases/listed_labels.h"
#include "datasets/file_cases/relabelled_mask.h"
#include "datasets/luna16/annotations.h"
#include "datasets/luna16/card.h"

namespace asap {
namespace {

using Severity = DatasetProblem::Severity;

constexpr int kSubsets = 10;

// id -> path below the root.
using Files = std::map<std::string, std::string>;

struct Layout {
  bool prepared = false;  // as the published benchmark's code reads it
  int subsets = 0;        // found
  Files scans;
};

// The folder, or the one of the same name in it that unpacking made.
std::string Unpacked(const std::string& root, const std::string& name) {
  const std::string twice = absl::StrCat(name, "/", name);
  return IsFolder(absl::StrCat(root, "/", twice)) ? twice : name;
}

absl::StatusOr<Layout> FindScans(const std::string& root, std::vector<DatasetProblem>* problems) {
  Layout layout;
  for (int subset = 0; subset < kSubsets; ++subset) {
    const std::string name = absl::StrCat("subset", subset);
    if (!IsFolder(absl::StrCat(root, "/", name))) continue;
    ++layout.subsets;
    const std::string folder = Unpacked(root, name);
    const Files headers = VolumesIn(absl::StrCat(root, "/", folder), {".mhd"});
    for (const auto& [id, file] : headers) {
      const auto [known, is_new] = layout.scans.emplace(id, absl::StrCat(folder, "/", file));
      if (!is_new) {
        return absl::InvalidArgumentError(absl::StrCat("dataset luna16: ", root, ": the scan ", id, " is in ", known->second,
                                                       " and in ", folder, "; remove one of them"));
      }
    }
    for (const auto& [id, file] : VolumesIn(absl::StrCat(root, "/", folder), {".raw", ".zraw"})) {
      if (headers.contains(id)) continue;
      problems->push_back({.severity = Severity::kError,
                           .case_id = id,
                           .message = absl::StrCat(root, "/", folder, "/", file, ": has no header ", id, ".mhd beside it"),
                           .remedy = "unpack the subset again"});
    }
  }
  if (layout.subsets == 0) {
    layout.prepared = true;
    for (const auto& [id, file] : NiftiIn(absl::StrCat(root, "/images"))) layout.scans.emplace(id, absl::StrCat("images/", file));
  }
  if (layout.scans.empty()) {
    return WrongFolder("luna16", root,
                       "subset0 to subset9 with <seriesuid>.mhd and .raw, or prepared volumes as images/<seriesuid>.nii.gz");
  }
  return layout;
}

// Labels from the nodules of annotations.csv.
absl::Status AddAnnotations(const std::string& path, const Layout& layout, FileDatasetParts* parts) {
  if (!Exists(path)) {
    return absl::NotFoundError(absl::StrCat(
        path,
        ": the table of nodules is missing; expected the columns seriesuid, coordX, coordY, coordZ and diameter_mm. Download "
        "annotations.csv from luna16.grand-challenge.org/Data, or name it with the parameter annotations, or the published "
        "split lists with the parameter labels"));
  }
  ASAP_ASSIGN_OR_RETURN(const auto nodules, ReadLunaAnnotations(path));
  std::vector<double> labels;
  for (int64_t i = 0; i < parts->cases.size(); ++i) labels.push_back(nodules.contains(parts->cases[i].id) ? 1 : 0);
  parts->labels.push_back(std::move(labels));
  if (layout.subsets < kSubsets && !layout.prepared) return absl::OkStatus();
  int64_t missing = 0;
  std::string first;  // in the order of ids
  for (const auto& [id, of_scan] : nodules) {
    if (layout.scans.contains(id)) continue;
    if (missing++ == 0 || id < first) first = id;
  }
  if (missing > 0) {
    parts->problems.push_back({.severity = Severity::kWarning,
                               .message = absl::StrCat(path, ": has nodules in ", missing,
                                                       " scans that are not there, the first of "
                                                       "which is ",
                                                       first),
                               .remedy = "download or prepare all scans"});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Dataset>> OpenLuna16(const DatasetOptions& options) {
  ASAP_RETURN_IF_ERROR(CheckParameters(options.parameters, {"annotations", "labels", "masks", "spacing"}, "luna16"));
  if (options.root.empty()) {
    return absl::InvalidArgumentError(
        "dataset luna16: no folder was given; name the one that holds subset0 to subset9 and annotations.csv");
  }
  ASAP_RETURN_IF_ERROR(CheckNoSplit("luna16", options.split));
  const auto parameter = [&](const char* name, const std::string& otherwise) {
    const auto given = options.parameters.find(name);
    return PathBelow(options.root, given == options.parameters.end() ? otherwise : given->second);
  };
  FileDatasetParts parts;
  parts.reports = false;
  parts.ras = true;
  parts.card = LunaCard();
  parts.cache = options.cache;
  ASAP_ASSIGN_OR_RETURN(parts.spacing, SpacingParameter(options.parameters));
  ASAP_ASSIGN_OR_RETURN(const Layout layout, FindScans(options.root, &parts.problems));

  const std::string masks = parameter("masks", layout.prepared ? "masks_processed" : Unpacked(options.root, "seg-lungs-LUNA16"));
  if (options.parameters.contains("masks") && !IsFolder(masks)) {
    return absl::NotFoundError(absl::StrCat(masks, ": no such folder; the parameter masks names one with <seriesuid>.mhd"));
  }
  const Files mask_files = VolumesIn(masks, {".mhd", ".nii", ".nii.gz"});
  for (const auto& [id, scan] : layout.scans) {
    const auto mask = mask_files.find(id);
    parts.cases.Add({.id = id,
                     .volume = scan,
                     .mask = mask == mask_files.end() ? absl::string_view() : absl::string_view(mask->second),
                     .patient = id});
  }
  if (options.parameters.contains("labels")) {
    ASAP_ASSIGN_OR_RETURN(const ListedLabels listed, ReadListedLabels(parameter("labels", ""), "label", 1));
    AddListedLabels(listed, &parts);
  } else {
    const bool nested =
        !Exists(absl::StrCat(options.root, "/annotations.csv")) && Exists(options.root + "/CSVFILES/annotations.csv");
    ASAP_RETURN_IF_ERROR(
        AddAnnotations(parameter("annotations", nested ? "CSVFILES/annotations.csv" : "annotations.csv"), layout, &parts));
  }
  parts.volume_path = [root = options.root](absl::string_view scan) -> absl::StatusOr<std::string> {
    return PathBelow(root, scan);
  };
  parts.mask_path = [masks](absl::string_view mask) { return PathBelow(masks, mask); };
  parts.adapt_mask = [](const std::string& path, std::unique_ptr<VoxelSource> mask) {
    // As published; masks that were prepared for the benchmark have the classes already.
    if (absl::EndsWith(path, ".mhd")) return RelabelledMask(path, std::move(mask), {{0, 0}, {3, 1}, {4, 2}, {5, 3}});
    return mask;
  };
  return FileDataset::Create(std::move(parts));
}

REGISTER_DATASET("luna16", OpenLuna16);
REGISTER_DATASET_CARD("luna16", LunaCard);
REGISTER_LAYOUT_MARKS("luna16", "LUNA16", {"subset0", "seg-lungs-LUNA16"});

}  // namespace asap
