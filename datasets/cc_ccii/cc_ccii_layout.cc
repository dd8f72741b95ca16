// CC-CCII as it is unpacked: a folder for each class, patient and scan, with a PNG for each slice. Prepared: images_new/ in NIfTI
// with the same grey values, and labels.csv.
//
// Grey values are a lung window, [-1350, 150] HU in 256 steps; the publication does not say which it has.
#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/imaging/formats/write_nifti.h"
#include "core/io/png.h"
#include "datasets/phantom/labels.h"
#include "datasets/phantom/layouts/layout.h"

namespace asap {
namespace {

constexpr double kLow = -1350, kHigh = 150;

// Index = "Pneumonia class" of the phantom's labels: neither, common pneumonia, COVID-19.
constexpr const char* kClasses[] = {"Normal", "CP", "NCP"};
// The published benchmark has 472, 1,538 and 1,383 scans of the classes; the phantom's population 0.66, 0.15 and 0.15 of those
// that show what they have.
constexpr double kShare[] = {0.07, 1.0, 0.9};

int ClassOf(const phantom::CaseFacts& facts) { return static_cast<int>(phantom::LabelsOf(facts).at("Pneumonia class")); }

uint8_t Grey(int16_t hu) { return static_cast<uint8_t>(std::lround(255 * std::clamp((hu - kLow) / (kHigh - kLow), 0.0, 1.0))); }

// "NCP/42/421": class, patient, scan.
struct Name {
  std::string folder, id;
  Name(const phantom::CaseFacts& facts, int label) {
    const int64_t patient = facts.key.patient + 1, scan = 10 * patient + facts.key.scan;
    folder = absl::StrCat(kClasses[label], "/", patient, "/", scan);
    id = absl::StrCat(kClasses[label], "_", patient, "_", scan);
  }
};

class CcCciiLayout : public Layout {
 public:
  explicit CcCciiLayout(const LayoutOptions& options) : options_(options) {}

  // Without pneumonia that is not seen, and what is seen without it.
  phantom::Cohort Cohort() const override {
    return [](const phantom::ScanFacts& facts) {
      if (facts.findings[phantom::kCovid]) return kShare[2];
      const bool pneumonia = facts.findings.infection == phantom::Infection::kPneumonia;
      if (pneumonia != facts.findings[phantom::kConsolidation]) return 0.0;
      return pneumonia ? kShare[1] : kShare[0];
    };
  }

  absl::Status WriteCase(const phantom::PhantomDataset& dataset, int64_t index) const override {
    const phantom::CaseFacts facts = dataset.Facts(index);
    const Name name(facts, ClassOf(facts));
    const auto rendered = dataset.Rendered(index);
    ASAP_RETURN_IF_ERROR(options_.prepared ? WriteVolume(name, rendered->volume) : WriteSlices(name, rendered->volume));
    return WriteTruth(options_, name.id, *rendered);
  }

  absl::Status WriteTables(const phantom::PhantomDataset& dataset) const override {
    if (!options_.prepared) return absl::OkStatus();
    std::string table = "img_list,label\n";
    for (int64_t i = 0; i < dataset.size(); ++i) {
      const phantom::CaseFacts facts = dataset.Facts(i);
      const int label = ClassOf(facts);
      absl::StrAppend(&table, Name(facts, label).id, ".nii.gz,", label, "\n");
    }
    return WriteFileAtomically(absl::StrCat(options_.root, "/labels.csv"), table);
  }

  std::string NextStep() const override {
    return absl::StrCat("./tools/bazel run //tools:verify -- --data=cc_ccii --data_root=", options_.root);
  }

 private:
  absl::Status WriteVolume(const Name& name, const Volume<int16_t>& volume) const {
    Volume<uint8_t> grey{volume.geometry, {}};
    grey.voxels.reserve(volume.voxels.size());
    for (const int16_t hu : volume.voxels) grey.voxels.push_back(Grey(hu));
    ASAP_RETURN_IF_ERROR(MakeWritableFolder(absl::StrCat(options_.root, "/images_new")));
    return WriteNifti(absl::StrCat(options_.root, "/images_new/", name.id, ".nii.gz"), grey);
  }

  // From the most superior slice; a picture's first pixel is the patient's right and front.
  absl::Status WriteSlices(const Name& name, const Volume<int16_t>& volume) const {
    const std::string folder = absl::StrCat(options_.root, "/", name.folder);
    ASAP_RETURN_IF_ERROR(MakeWritableFolder(folder));
    const Index3 size = volume.geometry.size;
    for (int64_t slice = 0; slice < size[2]; ++slice) {
      RgbImage image(static_cast<int>(size[0]), static_cast<int>(size[1]));
      for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
          const uint8_t grey = Grey(volume.at(size[0] - 1 - x, size[1] - 1 - y, size[2] - 1 - slice));
          image.Set(x, y, {grey, grey, grey});
        }
      }
      ASAP_RETURN_IF_ERROR(WritePng(absl::StrFormat("%s/%04d.png", folder, slice), image));
    }
    return absl::OkStatus();
  }

  const LayoutOptions options_;
};

REGISTER_LAYOUT("cc_ccii", [](const LayoutOptions& options) { return std::make_unique<CcCciiLayout>(options); });

}  // namespace
}  // namespace asap
