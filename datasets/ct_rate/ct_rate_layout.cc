// CT-RATE as the published pre-training code reads it: train_reports_ctrate.csv, volumes under train_preprocessed_int/ in folders
// of patient and study, masks in one flat folder; the validation set beside them; and the tables of labels.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/imaging/formats/write_nifti.h"
#include "datasets/phantom/layouts/layout.h"

namespace asap {
namespace {

// CT-RATE has two splits; the phantom's test patients go to its "valid".
std::string SplitName(const phantom::CaseKey& key) {
  return std::string(phantom::SplitOf(key.seed, key.patient)) == "train" ? "train" : "valid";
}

// "train_1_a_1.nii.gz": patient 1, study a, reconstruction 1.
struct Name {
  std::string split, patient, study, file;
  explicit Name(const phantom::CaseKey& key) {
    split = SplitName(key);
    const char letter = static_cast<char>('a' + key.scan);
    patient = absl::StrCat(split, "_", key.patient + 1);
    study = absl::StrFormat("%s%c", patient, letter);
    file = absl::StrFormat("%s_%c_1.nii.gz", patient, letter);
  }
};

class CtRateLayout : public Layout {
 public:
  explicit CtRateLayout(const LayoutOptions& options) : options_(options) {}

  absl::Status WriteCase(const phantom::PhantomDataset& dataset, int64_t index) const override {
    const Name name(dataset.Key(index));
    const auto rendered = dataset.Rendered(index);
    const std::string folder = absl::StrCat(options_.root, "/", name.split, "_preprocessed_int/", name.patient, "/", name.study);
    const std::string masks = absl::StrCat(options_.root, "/mask_preprocessed/", name.split);
    ASAP_RETURN_IF_ERROR(MakeWritableFolder(folder));
    ASAP_RETURN_IF_ERROR(MakeWritableFolder(masks));
    ASAP_RETURN_IF_ERROR(WriteNifti(absl::StrCat(folder, "/", name.file), rendered->volume));
    ASAP_RETURN_IF_ERROR(WriteNifti(absl::StrCat(masks, "/", name.file), MaskOf(*rendered)));
    return WriteTruth(options_, dataset.Info(index).id, *rendered);
  }

  absl::Status WriteTables(const phantom::PhantomDataset& dataset) const override {
    const std::vector<std::string> findings(phantom::kFindingNames.begin(),
                                            phantom::kFindingNames.begin() + phantom::kCtRateFindings);
    for (const std::string split : {"train", "valid"}) {
      std::string reports = "VolumeName,Findings_EN,Impressions_EN\n", labels = "VolumeName";
      for (const std::string& finding : findings) absl::StrAppend(&labels, ",", finding);
      labels += "\n";
      int64_t cases = 0;
      for (int64_t i = 0; i < dataset.size(); ++i) {
        if (SplitName(dataset.Key(i)) != split) continue;
        ASAP_ASSIGN_OR_RETURN(const ReportText report, dataset.Report(i));
        const std::string file = Name(dataset.Key(i)).file;
        absl::StrAppend(&reports, file, ",", CsvCell(report.findings), ",", CsvCell(report.impression), "\n");
        labels += file;
        ++cases;
        AppendLabels(dataset, i, findings, &labels);
      }
      if (cases == 0) continue;  // a small run may have none
      const std::string prefix = absl::StrCat(options_.root, "/", split);
      ASAP_RETURN_IF_ERROR(WriteFileAtomically(prefix + "_reports_ctrate.csv", reports));
      ASAP_RETURN_IF_ERROR(WriteFileAtomically(prefix + "_predicted_labels.csv", labels));
    }
    return WriteMaskClasses(options_);
  }

  std::string NextStep() const override {
    return absl::StrCat("./tools/bazel run //tools:pretrain -- --data=ct_rate --data_root=", options_.root);
  }

 private:
  const LayoutOptions options_;
};

REGISTER_LAYOUT("ct_rate", [](const LayoutOptions& options) { return std::make_unique<CtRateLayout>(options); });

}  // namespace
}  // namespace asap
