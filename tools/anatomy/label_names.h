// The names of its labels that a label map may carry.
#ifndef ASAP_TOOLS_ANATOMY_LABEL_NAMES_H_
#define ASAP_TOOLS_ANATOMY_LABEL_NAMES_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"

namespace asap {

// Label -> name, from the CIFTI-style XML (<Label Key="1" ...><![CDATA[spleen]]></Label>) in a header extension of a .nii or
// .nii.gz file, where TotalSegmentator 2 and Connectome Workbench put it. Empty where the file has none or is of another format.
absl::StatusOr<std::map<int, std::string>> ReadLabelNames(const std::string& path);

}  // namespace asap

#endif  // ASAP_TOOLS_ANATOMY_LABEL_NAMES_H_
