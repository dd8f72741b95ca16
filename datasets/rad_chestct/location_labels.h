// Rad-ChestCT's tables of abnormalities and places, brought to the 16 findings.
#ifndef ASAP_DATASETS_RAD_CHESTCT_LOCATION_LABELS_H_
#define ASAP_DATASETS_RAD_CHESTCT_LOCATION_LABELS_H_

#include <string>

#include "absl/status/status.h"
#include "datasets/file_cases/case_labels.h"

namespace asap {

// Adds the scans of one table to `labels`, in the order of kRadChestCtFindings. A finding is present where one of its
// abnormalities is, at any place; unknown where none is and one of the cells says nothing. A table without a column for a finding
// is an error.
absl::Status AddLocationLabels(const std::string& path, CaseLabels* labels);

}  // namespace asap

#endif  // ASAP_DATASETS_RAD_CHESTCT_LOCATION_LABELS_H_
