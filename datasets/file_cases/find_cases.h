// What readers of folders share: looking for cases, and saying what was found in place of what was expected.
#ifndef ASAP_DATASETS_FILE_CASES_FIND_CASES_H_
#define ASAP_DATASETS_FILE_CASES_FIND_CASES_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace asap {

bool IsFolder(const std::string& path);
bool Exists(const std::string& path);

// Names of what a folder holds, in natural order, without hidden ones; folders end in "/". Empty where it cannot be listed.
std::vector<std::string> NamesIn(const std::string& folder);

// The files <id>.nii and <id>.nii.gz of a folder, or those with one of `extensions`: id -> name. An earlier extension wins where
// a case has several.
std::map<std::string, std::string> VolumesIn(const std::string& folder, absl::Span<const absl::string_view> extensions);
std::map<std::string, std::string> NiftiIn(const std::string& folder);

// NotFound: `root` does not hold the dataset. `expected` says what it would hold; what it does hold is added, the first few
// names.
absl::Status WrongFolder(absl::string_view dataset, const std::string& root, absl::string_view expected);

// For datasets whose publication has no splits: an error where one is asked for.
absl::Status CheckNoSplit(absl::string_view dataset, const std::string& split);

}  // namespace asap

#endif  // ASAP_DATASETS_FILE_CASES_FIND_CASES_H_
