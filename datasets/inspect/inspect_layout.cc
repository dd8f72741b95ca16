// INSPECT as it is downloaded: CT pulmonary angiograms, and tables of studies, labels and splits with tabs. Prepared: images/ in
// place of CTPA/.
//
// Deaths within 1, 6 and 12 months are those within 30, 180 and 365 days of the phantom's outcome; a patient who was lost before
// is Censored.
#include <array>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/imaging/formats/write_nifti.h"
#include "datasets/phantom/labels.h"
#include "datasets/phantom/layouts/layout.h"

namespace asap {
namespace {

constexpr std::array<int, 3> kHorizonDays = {30, 180, 365};

int64_t ImpressionId(const phantom::CaseKey& key) { return key.patient * phantom::kMostScans + key.scan + 1; }
std::string ImageId(const phantom::CaseKey& key) { return absl::StrFormat("PE%06x", 0x100000 + ImpressionId(key)); }

const char* DiedWithin(const phantom::Outcome& outcome, int days) {
  if (outcome.died && outcome.days <= days) return "True";
  return outcome.days >= days ? "False" : "Censored";
}

class InspectLayout : public Layout {
 public:
  explicit InspectLayout(const LayoutOptions& options) : options_(options) {}

  // Angiograms alone: of these, 0.22 show an embolism; of the published, 0.20.
  phantom::Cohort Cohort() const override {
    return [](const phantom::ScanFacts& facts) { return facts.findings.contrast ? 1.0 : 0.0; };
  }

  absl::Status WriteCase(const phantom::PhantomDataset& dataset, int64_t index) const override {
    const std::string id = ImageId(dataset.Key(index));
    const auto rendered = dataset.Rendered(index);
    const std::string folder = absl::StrCat(options_.root, options_.prepared ? "/images" : "/CTPA");
    ASAP_RETURN_IF_ERROR(MakeWritableFolder(folder));
    ASAP_RETURN_IF_ERROR(WriteNifti(absl::StrCat(folder, "/", id, ".nii.gz"), rendered->volume));
    return WriteTruth(options_, id, *rendered);
  }

  absl::Status WriteTables(const phantom::PhantomDataset& dataset) const override {
    std::string studies = "impression_id\timage_id\tperson_id\tprocedure_DATETIME\n";
    std::string labels =
        "impression_id\tpe_positive\tpe_positive_nlp\t1_month_mortality\t6_month_mortality\t12_month_mortality\n";
    std::string splits = "impression_id\tsplit\n";
    for (int64_t i = 0; i < dataset.size(); ++i) {
      const phantom::CaseKey& key = dataset.Key(i);
      const phantom::ScanFacts facts = phantom::MakeScanFacts(key.seed, key.patient, key.scan);
      const bool embolism = facts.findings[phantom::kPulmonaryEmbolism];
      const int64_t impression = ImpressionId(key);
      absl::StrAppendFormat(&studies, "%d\t%s\t%d\t2020-01-%02d 12:00:00\n", impression, ImageId(key), 700000 + key.patient,
                            1 + key.scan);
      absl::StrAppendFormat(&labels, "%d\t%d\t%s", impression, embolism, embolism ? "True" : "False");
      for (const int days : kHorizonDays) absl::StrAppend(&labels, "\t", DiedWithin(facts.outcome, days));
      labels += "\n";
      absl::StrAppendFormat(&splits, "%d\t%s\n", impression, phantom::SplitOf(key.seed, key.patient));
    }
    ASAP_RETURN_IF_ERROR(WriteFileAtomically(options_.root + "/study_mapping_20250611.tsv", studies));
    ASAP_RETURN_IF_ERROR(WriteFileAtomically(options_.root + "/labels_20250611.tsv", labels));
    return WriteFileAtomically(options_.root + "/splits_20250611.tsv", splits);
  }

  std::string NextStep() const override {
    return absl::StrCat("./tools/bazel run //tools:verify -- --data=inspect --data_root=", options_.root);
  }

 private:
  const LayoutOptions options_;
};

REGISTER_LAYOUT("inspect", [](const LayoutOptions& options) { return std::make_unique<InspectLayout>(options); });

}  // namespace
}  // namespace asap
