// Labels of cases from split lists of the published benchmark: for prepared folders, which hold volumes alone.
#ifndef ASAP_DATASETS_FILE_CASES_LISTED_LABELS_H_
#define ASAP_DATASETS_FILE_CASES_LISTED_LABELS_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "datasets/file_cases/file_dataset.h"

namespace asap {

struct ListedLabels {
  std::string path;  // as it was given
  absl::flat_hash_map<std::string, int> value_of;
};

// `path` is a list, or the folder with those of a dataset (train_list.csv, val_list.csv, test_list.csv: those there are). The
// column is the one called `column`. Values above `greatest`, and a case with two values, are errors.
absl::StatusOr<ListedLabels> ReadListedLabels(const std::string& path, absl::string_view column, int greatest);

// The column of labels for the parts' cases, NaN where a case is in no list; those are counted in parts->problems.
void AddListedLabels(const ListedLabels& listed, FileDatasetParts* parts);

}  // namespace asap

#endif  // ASAP_DATASETS_FILE_CASES_LISTED_LABELS_H_
