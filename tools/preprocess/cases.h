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
  bool unread = false;  // a folder or link that could not be looked into stands here, named in `defect`: no scan by itself
  std::string warning;  // of what lies beside it, such as a copy, or empty
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
// holds DICOM files is one. Folders in `leave_out` are not entered, nor are hidden ones and what earlier runs of preprocess and
// anatomy made, which is told. What cannot be looked into is a case with a defect, as is one whose name is not UTF-8. `masks` is
// empty, a file (for a single case), or a folder whose files are paired with the cases (pairing.h).
absl::StatusOr<CaseList> FindCases(const std::string& input, const std::string& masks, const std::vector<std::string>& leave_out);

// The label maps in a folder, or the file itself, sorted by id; wherever they are made. What cannot be read is an error.
absl::StatusOr<std::vector<ScanCase>> FindMasks(const std::string& masks);

// The ids, in order.
std::vector<std::string> IdsOf(const std::vector<ScanCase>& cases);

// Where masks were given and none belongs to a case: an error that names the first of both.
absl::Status NoneMatches(const std::string& masks, const std::vector<ScanCase>& found, const std::vector<ScanCase>& cases);

}  // namespace asap

#endif  // ASAP_TOOLS_PREPROCESS_CASES_H_
