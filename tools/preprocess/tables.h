// The tables that a run leaves: manifest.csv, which datasets/pairs reads, and skipped.csv.
#ifndef ASAP_TOOLS_PREPROCESS_TABLES_H_
#define ASAP_TOOLS_PREPROCESS_TABLES_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace asap {

struct ManifestRow {
  std::string volume;  // paths count from the manifest's folder
  std::string findings;
  std::string impression;
  std::string patient;
  std::string mask;
  std::string split;
  std::string case_id;               // unique, where file names in several folders are not
  std::vector<std::string> further;  // cells of the table's further columns, or none
};

// Reports, and whatever else is known of cases, from a table of the user's.
struct Reports {
  std::vector<std::string> further_columns;  // names, such as labels and site, that the manifest takes over
  std::map<std::string, ManifestRow> rows;   // by the stem of the volume's file name; without volume, mask and case_id
};

struct SkippedRow {
  std::string case_id;
  std::string reason;
  std::string remedy;
};

// The cells as one line of CSV (RFC 4180), quoted where they must be, with the line end.
std::string CsvLine(const std::vector<std::string>& cells);

// Columns volume,findings,impression,patient,mask,split,case, then the further ones.
absl::Status WriteManifest(const std::string& path, const std::vector<std::string>& further_columns,
                           const std::vector<ManifestRow>& rows);

// Columns case,reason,remedy.
absl::Status WriteSkipped(const std::string& path, const std::vector<SkippedRow>& rows);

// A message ends with what to do about it: its last sentence that begins after ". ". Without one, all of it is the reason.
SkippedRow SplitMessage(const std::string& case_id, const std::string& message);

// Columns: volume (or VolumeName), findings (or Findings_EN), impression (or Impressions_EN), patient and split where the table
// has them; mask and case are this run's to say and left out; all others are taken over.
absl::StatusOr<Reports> ReadReports(const std::string& path);

}  // namespace asap

#endif  // ASAP_TOOLS_PREPROCESS_TABLES_H_
