// Whether an input is the one that an earlier run read.
#ifndef ASAP_TOOLS_PREPROCESS_FINGERPRINT_H_
#define ASAP_TOOLS_PREPROCESS_FINGERPRINT_H_

#include <string>

namespace asap {

// Sizes and times of change of all files that the volume at `path` is read from: the file, the data file that a detached header
// names, or every file of a folder. "none" for an empty path.
std::string Fingerprint(const std::string& path);

}  // namespace asap

#endif  // ASAP_TOOLS_PREPROCESS_FINGERPRINT_H_
