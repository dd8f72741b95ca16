// Rad-ChestCT's tables of abnormalities and places, brought to the 16 findings.
#ifndef ASAP_DATASETS_RAD_CHESTCT_LOCATION_LABELS_H_
#define ASAP_DATASETS_RAD_CHESTCT_LOCATION_LABELS_H_

#include <array>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "datasets/rad_chestct/card.h"

namespace asap {

using RadChestCtLabels = absl::flat_hash_map<std::string, std::array<double, kRadChestCtFindings.size()>>;

// Adds the scans of one table to `labels`. A finding is present where one of its abnormalities is, at any place. A table without
// a column for a finding, and a scan that is listed twice, are errors.
absl::Status AddLocationLabels(const std::string& path, RadChestCtLabels* labels);

}  // namespace asap

#endif  // ASAP_DATASETS_RAD_CHESTCT_LOCATION_LABELS_H_
