// Writes phantom cases to files in a dataset's published layout, so that its reader can be tried without its data.
//
//   ASAP_ASSIGN_OR_RETURN(std::unique_ptr<Layout> layout, MakeLayout("ct_rate", options));
//   ... layout->WriteCase(dataset, i) for every case, in any order, from any thread ...
//   ASAP_RETURN_IF_ERROR(layout->WriteTables(dataset));
//
// A layout is x_layout.cc in its dataset's folder, registered in its last line under the dataset's name. A program has the
// layouts that are linked into it: datasets/x:x_layout, or all of //datasets:layouts.
#ifndef ASAP_DATASETS_PHANTOM_LAYOUTS_LAYOUT_H_
#define ASAP_DATASETS_PHANTOM_LAYOUTS_LAYOUT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/registry.h"
#include "datasets/phantom/phantom.h"

namespace asap {

struct LayoutOptions {
  std::string root;    // absolute; made where it is not there
  bool gzip = false;   // .nii.gz, where the layout leaves the choice
  bool truth = false;  // also truth/CASE_organs and truth/CASE_lesions: the fine label map and the lesion bits
  // Volumes as the flat folder of NIfTI files that the published benchmark reads, where a dataset is also found as that.
  bool prepared = false;
};

class Layout {
 public:
  virtual ~Layout() = default;
  // Which scans of the phantom's population are in the dataset's cohort. Null: all.
  virtual phantom::Cohort Cohort() const { return nullptr; }
  // The case's files. Thread-safe; files are written atomically.
  virtual absl::Status WriteCase(const phantom::PhantomDataset& dataset, int64_t index) const = 0;
  // The tables, after all cases.
  virtual absl::Status WriteTables(const phantom::PhantomDataset& dataset) const = 0;
  // What to type next, for standard output.
  virtual std::string NextStep() const = 0;
};

using LayoutFactory = std::function<std::unique_ptr<Layout>(const LayoutOptions&)>;

std::vector<std::string> LayoutNames();
// `name` is the dataset's.
absl::StatusOr<std::unique_ptr<Layout>> MakeLayout(const std::string& name, const LayoutOptions& options);

// For layouts: quotes a CSV cell where it needs it.
std::string CsvCell(absl::string_view text);
// Writes labels 0 ... 8 of the pre-training mask; WriteTruth the two maps of LayoutOptions::truth.
Volume<uint8_t> MaskOf(const phantom::RenderedCase& rendered);
absl::Status WriteTruth(const LayoutOptions& options, const std::string& case_id, const phantom::RenderedCase& rendered);
// mask_classes.txt: the names of the mask's classes, one a line.
absl::Status WriteMaskClasses(const LayoutOptions& options);
// ",0,1,63" and the line's end: the case's values of the labels.
void AppendLabels(const phantom::PhantomDataset& dataset, int64_t index, const std::vector<std::string>& labels,
                  std::string* table);

}  // namespace asap

#define REGISTER_LAYOUT(name, factory) ASAP_REGISTER(::asap::LayoutFactory, "layout", name, factory)

#endif  // ASAP_DATASETS_PHANTOM_LAYOUTS_LAYOUT_H_
