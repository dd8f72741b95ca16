// The generic layout: volumes/, masks/, and pairs.csv with reports and labels, which --pairs takes.
#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/imaging/formats/write_nifti.h"
#include "datasets/phantom/layouts/layout.h"

namespace asap {
namespace {

class PairsLayout : public Layout {
 public:
  explicit PairsLayout(const LayoutOptions& options) : options_(options) {}

  absl::Status WriteCase(const phantom::PhantomDataset& dataset, int64_t index) const override {
    const std::string id = dataset.Info(index).id;
    const auto rendered = dataset.Rendered(index);
    for (const char* folder : {"volumes", "masks"})
      ASAP_RETURN_IF_ERROR(MakeWritableFolder(absl::StrCat(options_.root, "/", folder)));
    ASAP_RETURN_IF_ERROR(WriteNifti(absl::StrCat(options_.root, "/", Volume(id)), rendered->volume));
    ASAP_RETURN_IF_ERROR(WriteNifti(absl::StrCat(options_.root, "/", Mask(id)), MaskOf(*rendered)));
    return WriteTruth(options_, id, *rendered);
  }

  absl::Status WriteTables(const phantom::PhantomDataset& dataset) const override {
    std::string pairs = "case,patient,split,site,volume,mask,findings,impression";
    for (const std::string& label : dataset.card().label_names) absl::StrAppend(&pairs, ",", CsvCell(label));
    pairs += "\n";
    for (int64_t i = 0; i < dataset.size(); ++i) {
      const CaseInfo info = dataset.Info(i);
      ASAP_ASSIGN_OR_RETURN(const ReportText report, dataset.Report(i));
      absl::StrAppend(&pairs, info.id, ",", info.patient, ",", info.split, ",", info.site, ",", Volume(info.id));
      absl::StrAppend(&pairs, ",", Mask(info.id), ",", CsvCell(report.findings), ",", CsvCell(report.impression));
      AppendLabels(dataset, i, dataset.card().label_names, &pairs);
    }
    ASAP_RETURN_IF_ERROR(WriteFileAtomically(absl::StrCat(options_.root, "/pairs.csv"), pairs));
    return WriteMaskClasses(options_);
  }

  std::string NextStep() const override {
    return absl::StrCat("./tools/bazel run //tools:pretrain -- --data=pairs --pairs=", options_.root, "/pairs.csv");
  }

 private:
  std::string Volume(const std::string& id) const { return absl::StrCat("volumes/", id, options_.gzip ? ".nii.gz" : ".nii"); }
  std::string Mask(const std::string& id) const { return absl::StrCat("masks/", id, options_.gzip ? ".nii.gz" : ".nii"); }

  const LayoutOptions options_;
};

REGISTER_LAYOUT("pairs", [](const LayoutOptions& options) { return std::make_unique<PairsLayout>(options); });

}  // namespace
}  // namespace asap
