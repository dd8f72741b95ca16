#include "datasets/phantom/layouts/layout.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/imaging/formats/write_nifti.h"

namespace asap {
std::vector<std::string> LayoutNames() { return Registry<LayoutFactory>::Get("layout").Names(); }

absl::StatusOr<std::unique_ptr<Layout>> MakeLayout(const std::string& name, const LayoutOptions& options) {
  ASAP_ASSIGN_OR_RETURN(const LayoutFactory make, Registry<LayoutFactory>::Get("layout").Find(name));
  return make(options);
}

std::string CsvCell(absl::string_view text) {
  if (text.find_first_of(",\"\n\r") == absl::string_view::npos) return std::string(text);
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

Volume<uint8_t> MaskOf(const phantom::RenderedCase& rendered) {
  Volume<uint8_t> mask{rendered.volume.geometry, {}};
  mask.voxels.reserve(rendered.fine.size());
  for (const uint8_t label : rendered.fine) mask.voxels.push_back(phantom::MaskClass(label));
  return mask;
}

absl::Status WriteTruth(const LayoutOptions& options, const std::string& case_id, const phantom::RenderedCase& rendered) {
  if (!options.truth) return absl::OkStatus();
  const std::string folder = absl::StrCat(options.root, "/truth");
  ASAP_RETURN_IF_ERROR(MakeWritableFolder(folder));
  ASAP_RETURN_IF_ERROR(
      WriteNifti(absl::StrCat(folder, "/", case_id, "_organs.nii.gz"), Volume<uint8_t>{rendered.volume.geometry, rendered.fine}));
  // 21 bits are whole numbers in a float's 24.
  Volume<float> lesions{rendered.volume.geometry, {}};
  lesions.voxels.assign(rendered.lesions.begin(), rendered.lesions.end());
  return WriteNifti(absl::StrCat(folder, "/", case_id, "_lesions.nii.gz"), lesions);
}

absl::Status WriteMaskClasses(const LayoutOptions& options) {
  std::string names;
  for (const char* name : phantom::kMaskClassNames) absl::StrAppend(&names, name, "\n");
  return WriteFileAtomically(absl::StrCat(options.root, "/mask_classes.txt"), names);
}

void AppendLabels(const phantom::PhantomDataset& dataset, int64_t index, const std::vector<std::string>& labels,
                  std::string* table) {
  const std::map<std::string, double> values = phantom::LabelsOf(dataset.Facts(index));
  for (const std::string& label : labels) absl::StrAppend(table, ",", values.at(label));
  *table += "\n";
}

}  // namespace asap
