// The tables that a run leaves: manifest.csv, which datasets/pairs reads, and skipped.csv.
#ifndef ASAP_TOOLS_PREPROCESS_TABLES_H_
#define ASAP_TOOLS_PREPROCESS_TABLES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

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

struct SkippedRow {
  std::string case_id;
  std::string reason;
  std::string remedy;
};

// The text as a table can hold it: a byte that is no UTF-8, and a zero byte, is written as \xE9.
std::string Readable(absl::string_view text);

// The cells as one line of CSV (RFC 4180), readable, quoted where they must be, with the line end.
std::string CsvLine(const std::vector<std::string>& cells);

// Whether the name, in small letters, is one of the manifest's first columns: volume,findings,impression,patient,mask,split,case.
bool IsManifestColumn(absl::string_view name);

// Those columns, then the further ones.
absl::Status WriteManifest(const std::string& path, const std::vector<std::string>& further_columns,
                           const std::vector<ManifestRow>& rows);

// Columns case,reason,remedy.
absl::Status WriteSkipped(const std::string& path, const std::vector<SkippedRow>& rows);

// A message ends with what to do about it: its last sentence that begins after ". ". Without one, all of it is the reason.
SkippedRow SplitMessage(const std::string& case_id, const std::string& message);

}  // namespace asap

#endif  // ASAP_TOOLS_PREPROCESS_TABLES_H_
