// Rad-ChestCT as it is downloaded: .npz volumes in Fortran order, and for each part a table with a column for each abnormality at
// each place. Prepared: images/ in NIfTI, and the same tables.
//
// An .npz file keeps no spacing: readers take the voxels for 0.8 mm.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/imaging/formats/write_nifti.h"
#include "core/imaging/formats/write_npz_volume.h"
#include "datasets/phantom/labels.h"
#include "datasets/phantom/layouts/layout.h"

namespace asap {
namespace {

constexpr std::pair<phantom::Finding, const char*> kAbnormalities[] = {
    {phantom::kMedicalMaterial, "hardware"},
    {phantom::kArterialCalcification, "calcification"},
    {phantom::kCardiomegaly, "cardiomegaly"},
    {phantom::kPericardialEffusion, "pericardial_effusion"},
    {phantom::kCoronaryCalcification, "calcification"},
    {phantom::kHiatalHernia, "hernia"},
    {phantom::kLymphadenopathy, "lymphadenopathy"},
    {phantom::kEmphysema, "emphysema"},
    {phantom::kAtelectasis, "atelectasis"},
    {phantom::kNodule, "nodule"},
    {phantom::kLungOpacity, "opacity"},
    {phantom::kFibroticSequela, "fibrosis"},
    {phantom::kPleuralEffusion, "pleural_effusion"},
    {phantom::kPeribronchialThickening, "bronchial_wall_thickening"},
    {phantom::kConsolidation, "consolidation"},
    {phantom::kBronchiectasis, "bronchiectasis"},
    {phantom::kSeptalThickening, "septal_thickening"},
};
constexpr const char* kPlaces[] = {"left_lower", "left_upper", "other_location", "right_lower", "right_mid", "right_upper"};

const char* PlaceOf(phantom::FineLabel lobe) {
  switch (lobe) {
    case phantom::kLeftUpperLobe:
      return "left_upper";
    case phantom::kLeftLowerLobe:
      return "left_lower";
    case phantom::kRightUpperLobe:
      return "right_upper";
    case phantom::kRightMiddleLobe:
      return "right_mid";
    case phantom::kRightLowerLobe:
      return "right_lower";
    default:
      return "other_location";
  }
}

// trn00042, val..., tst...: the part is the patient's.
std::string ScanId(const phantom::CaseKey& key) {
  const std::string split = phantom::SplitOf(key.seed, key.patient);
  return absl::StrFormat("%s%05d", split == "train" ? "trn" : split == "valid" ? "val" : "tst", key.patient + 1);
}

// Column -> whether the abnormality is there. One that has no place of its own is at other_location.
std::map<std::string, bool> Columns(const phantom::CaseFacts& facts) {
  std::map<std::string, bool> columns;
  for (const auto& [finding, abnormality] : kAbnormalities) {
    for (const char* place : kPlaces) columns.emplace(absl::StrCat(abnormality, "*", place), false);
  }
  for (const auto& [finding, abnormality] : kAbnormalities) {
    if (!facts.findings[finding]) continue;
    bool placed = false;
    for (const phantom::Lesion& lesion : facts.lesions) {
      if (lesion.finding != finding) continue;
      columns[absl::StrCat(abnormality, "*", PlaceOf(lesion.lobe))] = true;
      placed = true;
    }
    if (!placed) columns[absl::StrCat(abnormality, "*other_location")] = true;
  }
  return columns;
}

class RadChestCtLayout : public Layout {
 public:
  explicit RadChestCtLayout(const LayoutOptions& options) : options_(options) {}

  // A scan stands for a patient; none has contrast.
  phantom::Cohort Cohort() const override {
    return [](const phantom::ScanFacts& facts) { return facts.scan == 0 && !facts.findings.contrast ? 1.0 : 0.0; };
  }

  absl::Status WriteCase(const phantom::PhantomDataset& dataset, int64_t index) const override {
    const std::string id = ScanId(dataset.Key(index));
    const auto rendered = dataset.Rendered(index);
    const std::string folder = absl::StrCat(options_.root, options_.prepared ? "/images" : "");
    ASAP_RETURN_IF_ERROR(MakeWritableFolder(folder));
    if (options_.prepared) {
      ASAP_RETURN_IF_ERROR(WriteNifti(absl::StrCat(folder, "/", id, ".nii.gz"), rendered->volume));
    } else {
      // As published: clipped.
      Volume<int16_t> volume = rendered->volume;
      for (int16_t& voxel : volume.voxels) voxel = std::clamp<int16_t>(voxel, -1000, 1000);
      ASAP_RETURN_IF_ERROR(WriteNpzVolume(absl::StrCat(folder, "/", id, ".npz"), volume));
    }
    return WriteTruth(options_, id, *rendered);
  }

  absl::Status WriteTables(const phantom::PhantomDataset& dataset) const override {
    for (const auto& [split, table] : {std::pair("train", "imgtrain"), {"valid", "imgvalid"}, {"test", "imgtest"}}) {
      std::string text;
      for (int64_t i = 0; i < dataset.size(); ++i) {
        const phantom::CaseKey& key = dataset.Key(i);
        if (std::string(phantom::SplitOf(key.seed, key.patient)) != split) continue;
        const std::map<std::string, bool> columns = Columns(dataset.Facts(i));
        if (text.empty()) {
          text = "NoteAcc_DEID";
          for (const auto& [name, present] : columns) absl::StrAppend(&text, ",", name);
          text += "\n";
        }
        text += ScanId(key);
        for (const auto& [name, present] : columns) absl::StrAppend(&text, ",", present ? 1 : 0);
        text += "\n";
      }
      if (text.empty()) continue;  // a small run may have none
      ASAP_RETURN_IF_ERROR(
          WriteFileAtomically(absl::StrCat(options_.root, "/", table, "_Abnormality_and_Location_Labels.csv"), text));
    }
    return absl::OkStatus();
  }

  std::string NextStep() const override {
    return absl::StrCat("./tools/bazel run //tools:verify -- --data=rad_chestct --data_root=", options_.root);
  }

 private:
  const LayoutOptions options_;
};

REGISTER_LAYOUT("rad_chestct", [](const LayoutOptions& options) { return std::make_unique<RadChestCtLayout>(options); });

}  // namespace
}  // namespace asap
