// RSPECT as it is downloaded: a DICOM file for each image, below the study and the series, and train.csv with a row for each.
// Prepared: images/ in NIfTI, and the same table.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/base/random.h"
#include "core/base/status.h"
#include "core/imaging/formats/write_dicom.h"
#include "core/imaging/formats/write_nifti.h"
#include "datasets/phantom/labels.h"
#include "datasets/phantom/layouts/layout.h"

namespace asap {
namespace {

// Of the series that the published benchmark tests on, 2,322 of 6,804 have embolism; of the phantom's with contrast, 0.22.
constexpr double kOfScansWithoutEmbolism = 0.55;

// The ids of the publication are 12 hexadecimal digits.
std::string Uid(const phantom::CaseKey& key, const char* kind, int64_t image = 0) {
  CounterRng rng(key.seed, kind, key.patient, key.scan, image);
  return absl::StrFormat("%012x", rng.Next() >> 16);
}

// For each slice from inferior to superior, whether embolus is in it. One slice at least where the scan has any: a coarse grid
// may have no voxel of it.
std::vector<bool> SlicesWithEmbolus(const phantom::CaseFacts& facts, const phantom::RenderedCase& rendered) {
  const Geometry& g = rendered.volume.geometry;
  std::vector<bool> slices(g.size[2], false);
  if (!facts.findings[phantom::kPulmonaryEmbolism]) return slices;
  const int64_t pixels = g.size[0] * g.size[1];
  bool any = false;
  for (int64_t i = 0; i < g.voxels(); ++i) {
    if ((rendered.lesions[i] & phantom::Bit(phantom::kPulmonaryEmbolism)) == 0) continue;
    slices[i / pixels] = true;
    any = true;
  }
  for (const phantom::Lesion& lesion : facts.lesions) {
    if (any || lesion.finding != phantom::kPulmonaryEmbolism) continue;
    const int64_t slice = std::lround((lesion.center.z - g.origin[2]) / g.spacing[2]);
    slices[std::clamp<int64_t>(slice, 0, g.size[2] - 1)] = true;
  }
  return slices;
}

struct Sides {
  bool right = false, left = false, central = false;
};

Sides SidesOf(const phantom::CaseFacts& facts) {
  Sides sides;
  for (const phantom::Lesion& lesion : facts.lesions) {
    if (lesion.finding != phantom::kPulmonaryEmbolism) continue;
    const bool saddle = lesion.kind == phantom::kSaddleEmbolus;
    sides.central |= saddle || lesion.kind == phantom::kRightMainEmbolus || lesion.kind == phantom::kLeftMainEmbolus;
    sides.right |= saddle || lesion.kind == phantom::kRightMainEmbolus || lesion.kind == phantom::kRightLowerEmbolus;
    sides.left |= saddle || lesion.kind == phantom::kLeftMainEmbolus || lesion.kind == phantom::kLeftLowerEmbolus;
  }
  return sides;
}

class RspectLayout : public Layout {
 public:
  explicit RspectLayout(const LayoutOptions& options) : options_(options) {}

  // Angiograms, one of a patient: the publication does not tell whose a study is.
  phantom::Cohort Cohort() const override {
    return [](const phantom::ScanFacts& facts) {
      if (facts.scan > 0 || !facts.findings.contrast) return 0.0;
      return facts.findings[phantom::kPulmonaryEmbolism] ? 1.0 : kOfScansWithoutEmbolism;
    };
  }

  absl::Status WriteCase(const phantom::PhantomDataset& dataset, int64_t index) const override {
    const phantom::CaseKey& key = dataset.Key(index);
    const std::string series = Uid(key, "series");
    const auto rendered = dataset.Rendered(index);
    if (options_.prepared) {
      ASAP_RETURN_IF_ERROR(MakeWritableFolder(absl::StrCat(options_.root, "/images")));
      ASAP_RETURN_IF_ERROR(WriteNifti(absl::StrCat(options_.root, "/images/", series, ".nii.gz"), rendered->volume));
    } else {
      ASAP_RETURN_IF_ERROR(WriteImages(key, rendered->volume));
    }
    return WriteTruth(options_, series, *rendered);
  }

  absl::Status WriteTables(const phantom::PhantomDataset& dataset) const override {
    std::string table =
        "StudyInstanceUID,SeriesInstanceUID,SOPInstanceUID,pe_present_on_image,negative_exam_for_pe,qa_motion,qa_contrast,"
        "flow_artifact,rv_lv_ratio_gte_1,rv_lv_ratio_lt_1,leftsided_pe,chronic_pe,true_filling_defect_not_pe,rightsided_pe,"
        "acute_and_chronic_pe,central_pe,indeterminate\n";
    for (int64_t i = 0; i < dataset.size(); ++i) {
      const phantom::CaseFacts facts = dataset.Facts(i);
      const std::vector<bool> slices = SlicesWithEmbolus(facts, *dataset.Rendered(i));
      const Sides sides = SidesOf(facts);
      const std::string study = absl::StrFormat(",%d,0,0,0,0,0,%d,0,0,%d,0,%d,0\n", !facts.findings[phantom::kPulmonaryEmbolism],
                                                sides.left, sides.right, sides.central);
      for (size_t slice = 0; slice < slices.size(); ++slice) {
        absl::StrAppend(&table, Uid(facts.key, "study"), ",", Uid(facts.key, "series"), ",",
                        Uid(facts.key, "image", static_cast<int64_t>(slice)), ",", slices[slice] ? 1 : 0, study);
      }
    }
    return WriteFileAtomically(absl::StrCat(options_.root, "/train.csv"), table);
  }

  std::string NextStep() const override {
    return absl::StrCat("./tools/bazel run //tools:verify -- --data=rspect --data_root=", options_.root);
  }

 private:
  // Columns run to the patient's Left and rows to Posterior, so both are turned.
  absl::Status WriteImages(const phantom::CaseKey& key, const Volume<int16_t>& volume) const {
    const Geometry& g = volume.geometry;
    DicomSlice slice{.study = Uid(key, "study"), .series = Uid(key, "series")};
    const std::string folder = absl::StrCat(options_.root, "/train/", slice.study, "/", slice.series);
    ASAP_RETURN_IF_ERROR(MakeWritableFolder(folder));
    slice.rows = static_cast<int>(g.size[1]);
    slice.columns = static_cast<int>(g.size[0]);
    slice.spacing = {g.spacing[1], g.spacing[0]};
    for (int64_t z = 0; z < g.size[2]; ++z) {
      slice.instance = Uid(key, "image", z);
      slice.position = {-(g.origin[0] + g.spacing[0] * static_cast<double>(g.size[0] - 1)),
                        -(g.origin[1] + g.spacing[1] * static_cast<double>(g.size[1] - 1)),
                        g.origin[2] + g.spacing[2] * static_cast<double>(z)};
      slice.stored.clear();
      for (int64_t y = g.size[1] - 1; y >= 0; --y) {
        for (int64_t x = g.size[0] - 1; x >= 0; --x) {
          slice.stored.push_back(static_cast<int16_t>(volume.at(x, y, z) - static_cast<int16_t>(slice.intercept)));
        }
      }
      ASAP_RETURN_IF_ERROR(WriteFileAtomically(absl::StrCat(folder, "/", slice.instance, ".dcm"), DicomBytes(slice)));
    }
    return absl::OkStatus();
  }

  const LayoutOptions options_;
};

REGISTER_LAYOUT("rspect", [](const LayoutOptions& options) { return std::make_unique<RspectLayout>(options); });

}  // namespace
}  // namespace asap
