// The work on one case, and the record that lets a later run skip it.
#ifndef ASAP_TOOLS_PREPROCESS_CASE_WORK_H_
#define ASAP_TOOLS_PREPROCESS_CASE_WORK_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/imaging/resample.h"
#include "tools/preprocess/cases.h"

namespace asap {

struct CaseSettings {
  PreprocessOptions preprocess;
  bool gzip = false;
};

struct CaseResult {
  std::string volume;        // path below the output folder
  std::string mask;          // the same, or empty
  bool done_before = false;  // nothing had to be done
  // What reading the case and its mask warned of, now or when it was done: geometry, values, what lies beside it.
  std::vector<std::string> warnings;
};

// Reads, checks, resamples and writes the case's volume and mask below `output`, which exists. A case that an earlier run
// finished from the same files with the same settings is left as it is. Any number of threads leaves the same files.
absl::StatusOr<CaseResult> WorkOnCase(const ScanCase& scan, const CaseSettings& settings, const std::string& output,
                                      int threads = 1);

// Whether the case's record is of another scan that had its name: another file, and not the same one moved. False without a
// record.
bool WasAnotherScan(const ScanCase& scan, const std::string& output);

// An upper estimate of the memory that WorkOnCase takes, in bytes, from the headers; 0 where they cannot be read.
int64_t EstimateMemory(const ScanCase& scan);

}  // namespace asap

#endif  // ASAP_TOOLS_PREPROCESS_CASE_WORK_H_
