// Which file, or row of a table, belongs to which scan.
#ifndef ASAP_TOOLS_PREPROCESS_PAIRING_H_
#define ASAP_TOOLS_PREPROCESS_PAIRING_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace asap {

// A path without the extension of a volume file: "site/a.nii.gz" becomes "site/a", as scans are named.
std::string WithoutVolumeExtension(absl::string_view path);

// The last part of a path.
absl::string_view BareName(absl::string_view path);

// For each scan the index of that one of `others` which belongs to it, or -1. Both are paths below the folder that they were
// found in, without extensions. Equal paths belong together. Of the rest, two belong together where one is the end of the other
// ("ct" or "s1/ct", and "data/s1/ct") and neither fits anything else; a bare name ("ct") counts only where all scans and all
// others have it once. So nothing is paired across folders that differ: a name alone is not a patient. A bare scan is given
// nothing out of a folder where that is the only name there is on either side: it tells nothing apart.
std::vector<int> PairWithScans(const std::vector<std::string>& scans, const std::vector<std::string>& others);

// The indices of `count` others that `partners`, a result of PairWithScans, gives to no scan.
std::vector<size_t> Unpaired(const std::vector<int>& partners, size_t count);

}  // namespace asap

#endif  // ASAP_TOOLS_PREPROCESS_PAIRING_H_
