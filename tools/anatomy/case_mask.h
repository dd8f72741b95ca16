// The work on one case: its mask, its picture, and the record beside the mask that says how it was made.
#ifndef ASAP_TOOLS_ANATOMY_CASE_MASK_H_
#define ASAP_TOOLS_ANATOMY_CASE_MASK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/anatomy/label_table.h"
#include "tools/preprocess/cases.h"

namespace asap {

enum class AnatomyMethod { kMap, kClassical };

struct AnatomySettings {
  AnatomyMethod method = AnatomyMethod::kMap;
  LabelTable table;
  std::string label_ids;  // column of the table for label maps, or empty
  bool overwrite = false;
};

struct ClassExtent {
  int64_t voxels = 0;
  double ml = 0;
};

struct AnatomyCase {
  std::string mask;  // paths below the output folder
  std::string overlay;
  bool done_before = false;
  bool approximate = false;
  std::string ids;  // how labels were told apart, for a label map
  int64_t overlaps = 0;
  std::vector<ClassExtent> classes;  // index = class, the background too
  std::vector<std::string> notes;    // sentences about what was not found or looks wrong
};

// Writes masks/ID.nii.gz, masks/ID.json and overlays/ID.png below `output`, which exists. For --method=map the case's `mask` is
// its volume, or empty. A case that an earlier run finished from the same files, table and settings is left as it is.
absl::StatusOr<AnatomyCase> MakeCaseMask(const ScanCase& scan, const AnatomySettings& settings, const std::string& output);

// Which classes of the table the method can make; index = class. InvalidArgument where the table lacks what --method=classical
// finds.
absl::StatusOr<std::vector<bool>> ClassesMade(const AnatomySettings& settings);

// An upper estimate of the memory that MakeCaseMask takes, in bytes, from the headers; 0 where they cannot be read.
int64_t EstimateAnatomyMemory(const ScanCase& scan, AnatomyMethod method);

}  // namespace asap

#endif  // ASAP_TOOLS_ANATOMY_CASE_MASK_H_
