// STOIC-2021 as it is downloaded: MetaImage scans whose headers have age and sex, and a table of labels. Prepared:
// images_preprocessed/ in NIfTI, and the same table.
#include <string>

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

// Of the published patients, 0.60 have COVID-19; of the phantom's, 0.15.
constexpr double kOfPatientsWithoutCovid = 0.12;

std::string PatientId(const phantom::CaseKey& key) { return absl::StrCat(key.patient + 1); }

// Header and voxels in one file. The published scans run to Left, Posterior and Superior, which in MetaImage's LPS+ world is the
// identity; the phantom's run to Right and Anterior. Ages are the middle of a decade.
std::string MetaImage(const phantom::CaseFacts& facts, const Volume<int16_t>& volume) {
  const Geometry& g = volume.geometry;
  const int age = facts.patient.age / 10 * 10 + 5;
  std::string file =
      "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = False\n"
      "TransformMatrix = 1 0 0 0 1 0 0 0 1\n";
  absl::StrAppendFormat(&file, "Offset = %.10g %.10g %.10g\nCenterOfRotation = 0 0 0\nAnatomicalOrientation = RAI\n",
                        -(g.origin[0] + g.spacing[0] * static_cast<double>(g.size[0] - 1)),
                        -(g.origin[1] + g.spacing[1] * static_cast<double>(g.size[1] - 1)), g.origin[2]);
  absl::StrAppendFormat(&file, "ElementSpacing = %.10g %.10g %.10g\nDimSize = %s\nPatientAge = %03dY\nPatientSex = %s\n",
                        g.spacing[0], g.spacing[1], g.spacing[2], absl::StrJoin(g.size, " "), age,
                        facts.patient.male ? "M" : "F");
  file += "ElementType = MET_SHORT\nElementDataFile = LOCAL\n";
  file.reserve(file.size() + volume.voxels.size() * sizeof(int16_t));
  for (int64_t z = 0; z < g.size[2]; ++z) {
    for (int64_t y = g.size[1] - 1; y >= 0; --y) {
      for (int64_t x = g.size[0] - 1; x >= 0; --x) {
        const int16_t voxel = volume.at(x, y, z);
        file.append(reinterpret_cast<const char*>(&voxel), sizeof(voxel));
      }
    }
  }
  return file;
}

class StoicLayout : public Layout {
 public:
  explicit StoicLayout(const LayoutOptions& options) : options_(options) {}

  // One scan a patient, and more COVID-19 than in the phantom's population.
  phantom::Cohort Cohort() const override {
    return [](const phantom::ScanFacts& facts) {
      if (facts.scan > 0) return 0.0;
      return facts.findings[phantom::kCovid] ? 1.0 : kOfPatientsWithoutCovid;
    };
  }

  absl::Status WriteCase(const phantom::PhantomDataset& dataset, int64_t index) const override {
    const std::string id = PatientId(dataset.Key(index));
    const auto rendered = dataset.Rendered(index);
    const std::string folder = absl::StrCat(options_.root, options_.prepared ? "/images_preprocessed" : "/data/mha");
    ASAP_RETURN_IF_ERROR(MakeWritableFolder(folder));
    if (options_.prepared) {
      ASAP_RETURN_IF_ERROR(WriteNifti(absl::StrCat(folder, "/", id, ".nii.gz"), rendered->volume));
    } else {
      ASAP_RETURN_IF_ERROR(
          WriteFileAtomically(absl::StrCat(folder, "/", id, ".mha"), MetaImage(dataset.Facts(index), rendered->volume)));
    }
    return WriteTruth(options_, id, *rendered);
  }

  absl::Status WriteTables(const phantom::PhantomDataset& dataset) const override {
    std::string table = "PatientID,probCOVID,probSevere\n";
    for (int64_t i = 0; i < dataset.size(); ++i) {
      const phantom::CaseFacts facts = dataset.Facts(i);
      absl::StrAppend(&table, PatientId(facts.key), ",", facts.findings[phantom::kCovid] ? 1 : 0, ",",
                      facts.outcome.severe_covid ? 1 : 0, "\n");
    }
    ASAP_RETURN_IF_ERROR(MakeWritableFolder(absl::StrCat(options_.root, "/metadata")));
    return WriteFileAtomically(absl::StrCat(options_.root, "/metadata/reference.csv"), table);
  }

  std::string NextStep() const override {
    return absl::StrCat("./tools/bazel run //tools:verify -- --data=stoic --data_root=", options_.root);
  }

 private:
  const LayoutOptions options_;
};

REGISTER_LAYOUT("stoic", [](const LayoutOptions& options) { return std::make_unique<StoicLayout>(options); });

}  // namespace
}  // namespace asap
