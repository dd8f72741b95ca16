// Reports, and whatever else is known of cases, from a table of the user's.
#ifndef ASAP_TOOLS_PREPROCESS_REPORTS_H_
#define ASAP_TOOLS_PREPROCESS_REPORTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/preprocess/cases.h"
#include "tools/preprocess/tables.h"

namespace asap {

struct ReportRow {
  std::string volume;  // the cell's path without extension, "/" between folders, below the scans' folder where it lies there
  std::string id;      // the cell of the column case, or empty
  std::string name;    // what the table calls the row's scan, for messages
  int64_t line = 0;
  ManifestRow cells;  // without volume, mask and case_id
};

struct Reports {
  std::vector<std::string> further_columns;  // names, such as labels and site, that the manifest takes over
  std::vector<ReportRow> rows;
};

// Columns, in any case of letters: volume (or VolumeName) or case, findings (or Findings_EN), impression (or Impressions_EN),
// patient and split where the table has them; mask is this run's to say and left out; all others are taken over. `scans` is the
// file or folder that the paths may be absolute below.
absl::StatusOr<Reports> ReadReports(const std::string& path, const std::string& scans);

// For each case the index of its row, or -1: by the volume's path (pairing.h), then by the case's id.
std::vector<int> RowsOfCases(const Reports& reports, const std::vector<ScanCase>& cases);

}  // namespace asap

#endif  // ASAP_TOOLS_PREPROCESS_REPORTS_H_
