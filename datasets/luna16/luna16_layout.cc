// LUNA16 as it is downloaded: MetaImage scans in ten subsets, lung masks with ids 3, 4 and 5, and a table with a row for each
// nodule. Prepared: images/ and masks_processed/ in NIfTI, and the same table.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/imaging/formats/write_nifti.h"
#include "datasets/phantom/labels.h"
#include "datasets/phantom/layouts/layout.h"

namespace asap {
namespace {

constexpr int kSubsets = 10;
// Of the published scans, 601 of 888 have a nodule; of the phantom's, 0.37.
constexpr double kOfScansWithoutNodule = 0.28;

std::string SeriesUid(const phantom::CaseKey& key) { return absl::StrCat("2.25.", 1000000 + key.patient); }

// The class of the lung masks, 0 ... 3.
uint8_t LungClass(uint8_t fine) {
  switch (fine) {
    case phantom::kLeftUpperLobe:
    case phantom::kLeftLowerLobe:
      return 1;
    case phantom::kRightUpperLobe:
    case phantom::kRightMiddleLobe:
    case phantom::kRightLowerLobe:
      return 2;
    case phantom::kTrachea:
      return 3;
    default:
      return 0;
  }
}

// x.mhd and x.raw. The published scans run to Left, Posterior and Superior, which in MetaImage's LPS+ world is the identity; the
// phantom's run to Right and Anterior.
template <typename T>
absl::Status WriteMetaImage(const std::string& folder, const std::string& name, const Volume<T>& volume) {
  const Geometry& g = volume.geometry;
  std::string raw;
  raw.reserve(volume.voxels.size() * sizeof(T));
  for (int64_t z = 0; z < g.size[2]; ++z) {
    for (int64_t y = g.size[1] - 1; y >= 0; --y) {
      for (int64_t x = g.size[0] - 1; x >= 0; --x) {
        const T voxel = volume.at(x, y, z);
        raw.append(reinterpret_cast<const char*>(&voxel), sizeof(T));
      }
    }
  }
  const double offset[] = {-(g.origin[0] + g.spacing[0] * static_cast<double>(g.size[0] - 1)),
                           -(g.origin[1] + g.spacing[1] * static_cast<double>(g.size[1] - 1)), g.origin[2]};
  std::string header =
      "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = False\n"
      "TransformMatrix = 1 0 0 0 1 0 0 0 1\n";
  absl::StrAppendFormat(&header, "Offset = %.10g %.10g %.10g\nCenterOfRotation = 0 0 0\nAnatomicalOrientation = RAI\n", offset[0],
                        offset[1], offset[2]);
  absl::StrAppendFormat(&header, "ElementSpacing = %.10g %.10g %.10g\nDimSize = %s\nElementType = %s\nElementDataFile = %s.raw\n",
                        g.spacing[0], g.spacing[1], g.spacing[2], absl::StrJoin(g.size, " "),
                        sizeof(T) == 2 ? "MET_SHORT" : "MET_UCHAR", name);
  ASAP_RETURN_IF_ERROR(MakeWritableFolder(folder));
  ASAP_RETURN_IF_ERROR(WriteFileAtomically(absl::StrCat(folder, "/", name, ".raw"), raw));
  return WriteFileAtomically(absl::StrCat(folder, "/", name, ".mhd"), header);
}

class Luna16Layout : public Layout {
 public:
  explicit Luna16Layout(const LayoutOptions& options) : options_(options) {}

  // A scan stands for a patient.
  phantom::Cohort Cohort() const override {
    return [](const phantom::ScanFacts& facts) {
      if (facts.scan > 0) return 0.0;
      return facts.findings[phantom::kNodule] ? 1.0 : kOfScansWithoutNodule;
    };
  }

  absl::Status WriteCase(const phantom::PhantomDataset& dataset, int64_t index) const override {
    const std::string id = SeriesUid(dataset.Key(index));
    const auto rendered = dataset.Rendered(index);
    Volume<uint8_t> lungs{rendered->volume.geometry, {}};
    lungs.voxels.reserve(rendered->fine.size());
    for (const uint8_t fine : rendered->fine) lungs.voxels.push_back(LungClass(fine));
    if (options_.prepared) {
      for (const char* folder : {"images", "masks_processed"}) {
        ASAP_RETURN_IF_ERROR(MakeWritableFolder(absl::StrCat(options_.root, "/", folder)));
      }
      ASAP_RETURN_IF_ERROR(WriteNifti(absl::StrCat(options_.root, "/images/", id, ".nii.gz"), rendered->volume));
      ASAP_RETURN_IF_ERROR(WriteNifti(absl::StrCat(options_.root, "/masks_processed/", id, ".nii.gz"), lungs));
    } else {
      for (uint8_t& voxel : lungs.voxels) voxel = voxel == 0 ? 0 : static_cast<uint8_t>(voxel + 2);
      const int64_t subset = dataset.Key(index).patient % kSubsets;
      ASAP_RETURN_IF_ERROR(WriteMetaImage(absl::StrCat(options_.root, "/subset", subset), id, rendered->volume));
      ASAP_RETURN_IF_ERROR(WriteMetaImage(absl::StrCat(options_.root, "/seg-lungs-LUNA16"), id, lungs));
    }
    return WriteTruth(options_, id, *rendered);
  }

  absl::Status WriteTables(const phantom::PhantomDataset& dataset) const override {
    std::string table = "seriesuid,coordX,coordY,coordZ,diameter_mm\n";
    for (int64_t i = 0; i < dataset.size(); ++i) {
      const phantom::CaseFacts facts = dataset.Facts(i);
      for (const phantom::Lesion& lesion : facts.lesions) {
        if (lesion.finding != phantom::kNodule) continue;
        absl::StrAppendFormat(&table, "%s,%.6f,%.6f,%.6f,%d\n", SeriesUid(facts.key), -lesion.center.x, -lesion.center.y,
                              lesion.center.z, lesion.size_mm);
      }
    }
    for (int subset = 0; subset < kSubsets && !options_.prepared; ++subset) {  // also those of a small run that stay empty
      ASAP_RETURN_IF_ERROR(MakeWritableFolder(absl::StrCat(options_.root, "/subset", subset)));
    }
    return WriteFileAtomically(absl::StrCat(options_.root, "/annotations.csv"), table);
  }

  std::string NextStep() const override {
    return absl::StrCat("./tools/bazel run //tools:verify -- --data=luna16 --data_root=", options_.root);
  }

 private:
  const LayoutOptions options_;
};

REGISTER_LAYOUT("luna16", [](const LayoutOptions& options) { return std::make_unique<Luna16Layout>(options); });

}  // namespace
}  // namespace asap
