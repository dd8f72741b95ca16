// INSPECT's three tables, joined.
#ifndef ASAP_DATASETS_INSPECT_TABLES_H_
#define ASAP_DATASETS_INSPECT_TABLES_H_

#include <array>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "datasets/file_cases/file_dataset.h"

namespace asap {

struct InspectStudy {
  std::string person;
  std::string split;                  // "train", "valid", "test", or empty where no row says
  std::array<double, 4> labels = {};  // in the order of kInspectLabels; NaN is unknown
  bool labelled = false;              // has a row of labels
};

// `folder` holds study_mapping*.tsv, labels*.tsv and splits*.tsv, each also as .csv. By image_id. An examination that is listed
// twice must say the same twice; rows of labels that repeat are told in parts->problems.
absl::StatusOr<absl::flat_hash_map<std::string, InspectStudy>> ReadInspectTables(const std::string& folder,
                                                                                 FileDatasetParts* parts);

}  // namespace asap

#endif  // ASAP_DATASETS_INSPECT_TABLES_H_
