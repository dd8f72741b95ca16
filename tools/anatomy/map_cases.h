// Which cases a folder of segmentations holds, and which volume belongs to which.
#ifndef ASAP_TOOLS_ANATOMY_MAP_CASES_H_
#define ASAP_TOOLS_ANATOMY_MAP_CASES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/anatomy/label_table.h"
#include "tools/preprocess/cases.h"

namespace asap {

// `mask` of a ScanCase is its volume here, or empty; `source` a label map, or a folder of per-organ files.
struct MapCases {
  std::vector<ScanCase> cases;  // sorted by id
  // Where volumes were given: ids of cases without one, and files of volumes without a case.
  std::vector<std::string> without_volume, without_case;
};

// `input` is a label map, a folder of per-organ files (one at least is named like an organ of the table), or a folder that is
// searched for either. A folder "segmentations" stands for the one that it is in, as TotalSegmentator's data set has it; volume
// files beside organ folders are scans and no cases. `volumes` is empty, a file for a single case, or a folder; a case's volume
// is paired with it by its path (tools/preprocess/pairing.h), or is the only one in the folder that the case is or lies in. A
// case with a volume takes the volume's name, so that its mask is found under that by tools:preprocess; one without keeps its
// own.
absl::StatusOr<MapCases> FindMapCases(const std::string& input, const std::string& volumes, const LabelTable& table,
                                      const std::vector<std::string>& leave_out);

}  // namespace asap

#endif  // ASAP_TOOLS_ANATOMY_MAP_CASES_H_
