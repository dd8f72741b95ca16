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
};

struct SkippedRow {
  std::string case_id;
  std::string reason;
  std::string remedy;
};

// Columns volume,findings,impression,patient,mask,split.
absl::Status WriteManifest(const std::string& path, const std::vector<ManifestRow>& rows);

// Columns case,reason,remedy.
absl::Status WriteSkipped(const std::string& path, const std::vector<SkippedRow>& rows);

// A message ends with what to do about it: its last sentence that begins after ". ". Without one, all of it is the reason.
SkippedRow SplitMessage(const std::string& case_id, const std::string& message);

// Reports to copy into the manifest, by the stem of their volume's name. Columns: volume (or VolumeName), findings (or
// Findings_EN), impression (or Impressions_EN), and patient and split where the table has them.
absl::StatusOr<std::map<std::string, ManifestRow>> ReadReports(const std::string& path);

}  // namespace asap

#endif  // ASAP_TOOLS_PREPROCESS_TABLES_H_
