// From the output of a segmentation tool to the classes of the injection mask, by a label table.
#ifndef ASAP_TOOLS_ANATOMY_MAP_LABELS_H_
#define ASAP_TOOLS_ANATOMY_MAP_LABELS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "core/imaging/volume.h"
#include "tools/anatomy/label_table.h"

namespace asap {

struct MappedMask {
  Volume<uint8_t> mask;  // on the input's grid
  int64_t overlaps = 0;  // voxels that organs of different classes claimed; the later line of the table has them
  std::string ids;       // how labels were told apart: "names in the file", "column v2", "file names"
};

// A label map, one file. Its labels are known by the names that TotalSegmentator 2 stores in the header of its multi-label files,
// unless `id_column` names a numbering of the table; a map without names needs one. A label that the table lacks is an error that
// names it with its count.
absl::StatusOr<MappedMask> MapLabelFile(const std::string& path, const LabelTable& table, const std::string& id_column);

// A folder with a mask file for each organ, named as in the table. A file whose organ the table lacks is an error with the
// nearest name; organs without a file are absent.
absl::StatusOr<MappedMask> MapOrganFolder(const std::string& folder, const LabelTable& table);

}  // namespace asap

#endif  // ASAP_TOOLS_ANATOMY_MAP_LABELS_H_
