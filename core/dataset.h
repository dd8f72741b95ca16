// The dataset plug-in: knows one published on-disk layout; lists its cases, reads them, verifies itself, and states where its
// data come from.
//
//   ASAP_ASSIGN_OR_RETURN(auto dataset, OpenDataset("pairs", {.table = "/data/pairs.csv"}));
//   for (int64_t i = 0; i < dataset->size(); ++i) { ... dataset->Volume(i) ... }
//
// Implementations are immutable once open, and thread-safe: a loader reads many cases at once.
#ifndef ASAP_CORE_DATASET_H_
#define ASAP_CORE_DATASET_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "core/imaging/volume.h"
#include "core/registry.h"

namespace asap {

// Where a dataset comes from and whom it shows: what a reader of a number needs to know.
struct DatasetCard {
  std::string name;  // the registered name
  std::string title;
  std::string source;  // paper, and where to get it
  std::string licence;
  std::string access;                    // who may have the data, and how to get them
  std::string population;                // who was scanned, where, when
  std::string acquisition;               // scanners, kernels, dose, contrast, spacing
  std::vector<std::string> label_names;  // keys of Dataset::Labels, in the order of the publication
  // What a label's value says and who decided it, one for each of label_names; empty where the names say it.
  std::vector<std::string> label_definitions;
  std::vector<std::string> mask_classes;  // name of each mask id; index 0 is the background
  // Pairs of mask ids that a left-right mirror image exchanges (left lung, right lung).
  std::vector<std::pair<int, int>> mirrored_classes;
  std::vector<std::string> known_defects;
  // Whether voxels are HU; otherwise they are what the source stores, such as grey values of a picture.
  bool hounsfield = true;
  // The range that a model is shown: HU, or stored values.
  std::array<double, 2> intensity_window = {-1000, 1000};
};

struct CaseInfo {
  std::string id;       // unique within the dataset
  std::string patient;  // cases of one patient never cross splits
  std::string split;    // "train", "valid", "test", or empty where the dataset has none
  std::string site;     // scanner or hospital, where known
  bool has_mask = false;
};

struct ReportText {
  std::string findings;
  std::string impression;
};

// A row of a table beside the cases: a question about a case, one of several masks of it.
struct DatasetRow {
  int64_t index = 0;  // of its case
  std::map<std::string, std::string> fields;
};

// One defect that verification found.
struct DatasetProblem {
  enum class Severity { kWarning, kError };
  Severity severity = Severity::kError;
  std::string case_id;  // empty when it is the dataset's as a whole
  std::string message;  // what was expected and what was found, with the file
  std::string remedy;   // what to do about it
};

class Dataset {
 public:
  virtual ~Dataset() = default;

  virtual const DatasetCard& card() const = 0;
  virtual int64_t size() const = 0;
  // `index` is in [0, size()) for all of these.
  virtual CaseInfo Info(int64_t index) const = 0;
  virtual absl::StatusOr<ReportText> Report(int64_t index) const = 0;
  // CT in HU, or in stored values where card().hounsfield is false.
  virtual absl::StatusOr<std::unique_ptr<VoxelSource>> Volume(int64_t index) const = 0;
  // Labels 0 ... card().mask_classes.size() - 1 on the volume's grid. NotFound where Info(index).has_mask is false.
  virtual absl::StatusOr<std::unique_ptr<VoxelSource>> Mask(int64_t index) const = 0;
  // Another string whenever the volume's voxels may be others: the path, size and time of its files and what is done to them, or
  // the parameters that it is made from. Empty where that is not known, and what is computed from the case is then not kept
  // beyond the process. Features of a case are found by it.
  virtual std::string Fingerprint(int64_t index) const { return ""; }
  // The same of the mask; empty also where the case has none. A digest of the data that a run saw takes both, ids, splits, labels
  // and the rows of the tables that it read.
  virtual std::string MaskFingerprint(int64_t index) const { return ""; }
  // Label name -> value: 0 or 1 for findings, numbers for the rest. A missing key is an unknown label.
  virtual absl::StatusOr<std::map<std::string, double>> Labels(int64_t index) const = 0;
  // What the dataset knows of its cases beyond one report, mask and row of labels each: "questions", "masks". A table's rows are
  // those of the open cases, in the publication's order; a case may have none or many. NotFound names the tables that there are.
  virtual std::vector<std::string> TableNames() const { return {}; }
  virtual absl::StatusOr<std::vector<DatasetRow>> Table(absl::string_view name) const {
    const std::vector<std::string> names = TableNames();
    return absl::NotFoundError(absl::StrCat("dataset ", card().name, ": has no table \"", name, "\" but ",
                                            names.empty() ? "none at all" : absl::StrJoin(names, ", ")));
  }
  // Checks every case: files there and readable, geometry of volume and mask equal, reports not empty, HU plausible, no patient
  // in two splits. `progress` is called with cases done, in order, and may be null.
  virtual std::vector<DatasetProblem> Verify(const std::function<void(int64_t done)>& progress) const = 0;
};

class VolumeCache;

// How to open a dataset; each reads what it needs. Paths are absolute.
struct DatasetOptions {
  std::string root;                               // --data_root: the folder with the published layout
  std::string table;                              // --pairs: a CSV
  std::string split;                              // only the cases of this split; empty for all
  std::map<std::string, std::string> parameters;  // the dataset's own, e.g. {"cases", "200"} for phantom; unknown keys are errors
  std::shared_ptr<VolumeCache> cache;             // core/data/volume_cache: for volumes that must be decoded; null for none
};

using DatasetFactory = std::function<absl::StatusOr<std::unique_ptr<Dataset>>(const DatasetOptions&)>;

inline absl::StatusOr<std::unique_ptr<Dataset>> OpenDataset(const std::string& name, const DatasetOptions& options) {
  absl::StatusOr<DatasetFactory> factory = Registry<DatasetFactory>::Get("dataset").Find(name);
  if (!factory.ok()) return factory.status();
  return (*factory)(options);
}

}  // namespace asap

#define REGISTER_DATASET(name, factory) ASAP_REGISTER(::asap::DatasetFactory, "dataset", name, factory)

#endif  // ASAP_CORE_DATASET_H_
