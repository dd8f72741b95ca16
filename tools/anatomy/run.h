// A run over many cases: in parallel, with bounded memory, resumable, with progress on standard error.
#ifndef ASAP_TOOLS_ANATOMY_RUN_H_
#define ASAP_TOOLS_ANATOMY_RUN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/anatomy/case_mask.h"

namespace asap {

struct AnatomyRun {
  std::string input;
  std::string volumes;      // for --method=map: the scans, or empty
  std::string truth;        // masks to compare with, or empty
  std::string truth_class;  // the class that the truth is a mask of, or empty where it has all classes
  std::string output;
  AnatomySettings settings;
  int threads = 1;
  bool skip_bad_cases = false;
};

struct DiceSummary {
  std::string name;  // of the class
  int cases = 0;     // in which the mask or the truth has it
  double mean = 0, least = 1;
};

struct AnatomySummary {
  int done = 0;         // now
  int done_before = 0;  // by an earlier run
  int skipped = 0;
  std::vector<std::string> without_volume;  // ids
  std::vector<std::string> without_case;    // files of volumes
  std::vector<std::string> without_truth;   // ids
  int64_t overlaps = 0;
  std::vector<DiceSummary> dice;      // of the classes that occur and that the method makes; empty without a truth
  std::vector<std::string> not_made;  // classes of the table that --method=classical never makes
};

// Leaves in the output folder masks/, overlays/, mask_classes.txt (the names that datasets/pairs takes as mask_classes),
// summary.csv (a line per case and class), skipped.csv, and dice.csv where there is a truth. InvalidArgument only for a wrong
// call; a bad case is FailedPrecondition and names the case, its defect and the remedy.
absl::StatusOr<AnatomySummary> RunAnatomy(const AnatomyRun& run);

}  // namespace asap

#endif  // ASAP_TOOLS_ANATOMY_RUN_H_
