// Whether an input is the one that an earlier run read.
#ifndef ASAP_TOOLS_PREPROCESS_FINGERPRINT_H_
#define ASAP_TOOLS_PREPROCESS_FINGERPRINT_H_

#include <string>

namespace asap {

// Size and time of change of a file, or of all files of a DICOM folder together. "none" for an empty path.
std::string Fingerprint(const std::string& path);

}  // namespace asap

#endif  // ASAP_TOOLS_PREPROCESS_FINGERPRINT_H_
