// The replay tool: compares what this program computes with a golden fixture, key by key.
#ifndef ASAP_TESTS_GOLDEN_REPLAY_MAIN_LIB_H_
#define ASAP_TESTS_GOLDEN_REPLAY_MAIN_LIB_H_

#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "tools/cli/cli.h"

namespace asap {

ToolHelp ReplayHelp();

// Reads the flags --golden, --tokenizer and --precision.
absl::Status ReplayMain();

struct ReplayOptions {
  std::string golden;              // absolute path
  std::string tokenizer;           // absolute path; needed by text fixtures alone
  std::string precision = "both";  // f32, f64 or both
  std::string device = "cpu";      // cpu or cuda, of model cases and trajectories
};

// Prints one line per key and a summary. InvalidArgument for a file of unknown format or an unknown precision; DataLoss for a
// damaged fixture; FailedPrecondition where a key does not hold.
absl::Status Replay(const ReplayOptions& options, std::ostream& out);

}  // namespace asap

#endif  // ASAP_TESTS_GOLDEN_REPLAY_MAIN_LIB_H_
