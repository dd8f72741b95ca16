// Which cases a folder of scans holds, and which mask belongs to which.
#ifndef ASAP_TOOLS_PREPROCESS_CASES_H_
#define ASAP_TOOLS_PREPROCESS_CASES_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace asap {

struct ScanCase {
  std::string id;       // path below the input folder without the extension, "/" between folders; names the outputs
  std::string source;   // a volume file, or a folder with a DICOM series
  std::string mask;     // empty where there is none
  absl::Status defect;  // set where the case cannot be processed whatever its contents, such as a name that two cases share
};

// Files of one kind that look like scans and are not read.
struct UnreadFiles {
  int64_t count = 0;
  std::string first, remedy;
};

struct CaseList {
  std::vector<ScanCase> cases;                // sorted by id
  std::vector<std::string> unmatched_masks;   // mask files that belong to no case
  std::map<std::string, UnreadFiles> unread;  // by kind, such as ".mnc"
};

// What is said of them.
std::string TextOf(const std::string& kind, const UnreadFiles& files);

// `input` is a volume file, or a folder that is searched recursively: each volume file is a case, and each folder that directly
// holds DICOM files is one. Folders in `leave_out` are not entered, nor are hidden ones. `masks` is empty, a file (for a single
// case), or a folder in which a case's mask has the case's path, or its bare name.
absl::StatusOr<CaseList> FindCases(const std::string& input, const std::string& masks, const std::vector<std::string>& leave_out);

}  // namespace asap

#endif  // ASAP_TOOLS_PREPROCESS_CASES_H_
