// A run over many cases: in parallel, with bounded memory, resumable, with progress on standard error.
#ifndef ASAP_TOOLS_PREPROCESS_RUN_H_
#define ASAP_TOOLS_PREPROCESS_RUN_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/preprocess/case_work.h"

namespace asap {

struct PreprocessRun {
  std::string input;
  std::string masks;    // empty for none
  std::string reports;  // a CSV whose reports go into the manifest, or empty
  std::string output;
  CaseSettings settings;
  int threads = 1;
  int shard = 0;  // this run takes cases shard, shard + shards, ... of the sorted list
  int shards = 1;
  bool skip_bad_cases = false;
};

struct PreprocessSummary {
  int done = 0;         // now
  int done_before = 0;  // by an earlier run
  int skipped = 0;
  std::vector<std::string> without_mask;  // ids of the done, where masks were given
  int without_report = 0;
  int warnings = 0;
  std::string manifest;  // paths of the tables
  std::string skipped_table;
  std::string warnings_table;
};

// InvalidArgument only for a wrong call; a bad case is FailedPrecondition and names the case, its defect and the remedy.
absl::StatusOr<PreprocessSummary> RunPreprocess(const PreprocessRun& run);

}  // namespace asap

#endif  // ASAP_TOOLS_PREPROCESS_RUN_H_
