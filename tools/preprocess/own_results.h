// What earlier runs of these tools made, which lies among scans where an output folder is the input or below it.
#ifndef ASAP_TOOLS_PREPROCESS_OWN_RESULTS_H_
#define ASAP_TOOLS_PREPROCESS_OWN_RESULTS_H_

#include <set>
#include <string>

namespace asap {

// Names of the subfolders of `folder` that hold volumes which preprocess or anatomy made there; none where it is no output folder
// of theirs: a user's own folder may have the same name.
std::set<std::string> OwnResults(const std::string& folder);

}  // namespace asap

#endif  // ASAP_TOOLS_PREPROCESS_OWN_RESULTS_H_
