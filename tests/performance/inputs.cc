#include "tests/performance/inputs.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/imaging/formats/write_nifti.h"
#include "datasets/phantom/phantom.h"

namespace asap {
namespace {

using phantom::PhantomDataset;

absl::StatusOr<std::shared_ptr<const phantom::RenderedCase>> FirstCase(const Index3& size) {
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<PhantomDataset> dataset, PhantomDataset::Create({.cases = 1, .size = size}));
  return dataset->Rendered(0);
}

}  // namespace

absl::StatusOr<PerformanceInputs> WritePerformanceInputs(const std::string& folder) {
  ASAP_RETURN_IF_ERROR(MakeWritableFolder(folder));
  const PerformanceInputs inputs = {.raw = absl::StrCat(folder, "/raw.nii.gz"),
                                    .stored = absl::StrCat(folder, "/stored.nii.gz"),
                                    .mask = absl::StrCat(folder, "/stored_mask.nii.gz"),
                                    .texts = absl::StrCat(folder, "/findings.txt")};
  {
    ASAP_ASSIGN_OR_RETURN(const auto raw, FirstCase({512, 512, 120}));
    ASAP_RETURN_IF_ERROR(WriteNifti(inputs.raw, raw->volume));
  }
  {
    ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<PhantomDataset> dataset,
                          PhantomDataset::Create({.cases = 1, .size = {240, 240, 124}}));
    ASAP_RETURN_IF_ERROR(WriteNifti(inputs.stored, dataset->Rendered(0)->volume));
    ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<VoxelSource> source, dataset->Mask(0));
    Volume<uint8_t> mask;
    mask.geometry = source->geometry();
    std::vector<int16_t> labels(240 * 240 * 124);
    ASAP_RETURN_IF_ERROR(source->Read({.start = {0, 0, 0}, .size = mask.geometry.size}, absl::MakeSpan(labels)));
    mask.voxels.resize(labels.size());
    auto label = labels.begin();  // axis 2 is fastest there, axis 0 in a volume
    for (int64_t x = 0; x < 240; ++x) {
      for (int64_t y = 0; y < 240; ++y) {
        for (int64_t z = 0; z < 124; ++z) mask.at(x, y, z) = static_cast<uint8_t>(*label++);
      }
    }
    ASAP_RETURN_IF_ERROR(WriteNifti(inputs.mask, mask));
  }
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<PhantomDataset> dataset,
                        PhantomDataset::Create({.cases = 2000, .size = {16, 16, 16}}));
  std::string texts;
  for (int64_t i = 0; i < dataset->size(); ++i) {
    ASAP_ASSIGN_OR_RETURN(const ReportText report, dataset->Report(i));
    absl::StrAppend(&texts, absl::StrReplaceAll(report.findings, {{"\n", " "}}), "\n");
  }
  ASAP_RETURN_IF_ERROR(WriteFileAtomically(inputs.texts, texts));
  return inputs;
}

}  // namespace asap
