// What users typed into manifest.csv, so that a later run keeps it.
#ifndef ASAP_TOOLS_PREPROCESS_MANIFEST_H_
#define ASAP_TOOLS_PREPROCESS_MANIFEST_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/preprocess/tables.h"

namespace asap {

struct Manifest {
  std::vector<std::string> further_columns;
  std::vector<ManifestRow> rows;
};

// The table at `path`, whatever the order of its columns and the case of their letters; empty where there is none. A row without
// a case has that of its volume. An error names the line, and what to do with a table that cannot be taken over.
absl::StatusOr<Manifest> ReadManifest(const std::string& path);

struct ManifestFiles {
  std::string manifest;
  std::string set_aside;  // a table like it, for rows whose cases are gone
  std::string joined;     // the manifest of all shares that a user joined, where this is the table of one; otherwise empty
};

// The cases that something was typed for. An error where a run could not take over what is in one of the files.
absl::StatusOr<std::set<std::string>> TypedCases(const ManifestFiles& files);

// Writes the rows of a run with all that users typed into the tables before: cells that the run has nothing for, columns, and
// rows for volumes of their own. A cell stays as it was typed where the run has another value for it. Rows with something typed
// in them whose case is gone are set aside, and come back with their case. `made` becomes what was written. Returns sentences
// about what a user should know.
absl::StatusOr<std::vector<std::string>> UpdateManifest(const ManifestFiles& files, Manifest* made);

}  // namespace asap

#endif  // ASAP_TOOLS_PREPROCESS_MANIFEST_H_
