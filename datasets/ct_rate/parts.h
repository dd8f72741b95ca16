// Where the files of CT-RATE's two parts are.
#ifndef ASAP_DATASETS_CT_RATE_PARTS_H_
#define ASAP_DATASETS_CT_RATE_PARTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/dataset.h"

namespace asap {

struct CtRatePart {
  std::string reports;   // the table; empty where there is none
  std::string labels;    // the table; empty where there is none
  std::string volumes;   // folder with a folder for each patient
  std::string masks;     // folder, which may not exist
  std::string no_chest;  // the list of volumes that show no chest; empty where there is none
  bool raw = false;      // volumes as scanned, not preprocessed
};

// For each of train and valid, in this order, the first that is there below the root of
//   volumes   P_preprocessed_int, P_preprocessed, dataset/P_fixed, dataset/P, P_fixed, P
//   reports   P_reports_ctrate.csv, P_reports.csv, validation_reports.csv (for valid), in the root, in
//             dataset/radiology_text_reports or in radiology_text_reports
//   labels    P_predicted_labels.csv in the root, in dataset/multi_abnormality_labels or in multi_abnormality_labels
//   masks     mask_preprocessed/P
//   no_chest  no_chest_P.txt in the root, in dataset/metadata or in metadata
// A part needs volumes and a table. `options.split` leaves the other part out. With one of the parameters reports, volumes, masks
// and labels there is one part, whose other files are the train part's.
absl::StatusOr<std::vector<CtRatePart>> FindCtRateParts(const DatasetOptions& options);

}  // namespace asap

#endif  // ASAP_DATASETS_CT_RATE_PARTS_H_
