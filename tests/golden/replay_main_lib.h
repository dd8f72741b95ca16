// The replay tool: compares what this program computes with a golden fixture, key by key.
#ifndef ASAP_TESTS_GOLDEN_REPLAY_MAIN_LIB_H_
#define ASAP_TESTS_GOLDEN_REPLAY_MAIN_LIB_H_

#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tools/cli/cli.h"

namespace asap {

ToolHelp ReplayHelp();

// Reads the flags --golden, --part, --tokenizer, --precision and --device.
absl::Status ReplayMain();

struct ReplayOptions {
  std::string golden;              // absolute path
  std::string tokenizer;           // absolute path; needed by text fixtures alone
  std::string precision = "both";  // f32, f64 or both
  std::string device = "cpu";      // cpu or cuda, of model cases and trajectories
  std::vector<std::string> parts;  // of the file, as its keys name them; empty for all
};

// Prints one line per key and a summary. InvalidArgument for a file of unknown format, an unknown precision, or a part that the
// file does not have, with those that it has; DataLoss for a damaged fixture; FailedPrecondition where a key does not hold.
absl::Status Replay(const ReplayOptions& options, std::ostream& out);

}  // namespace asap

#endif  // ASAP_TESTS_GOLDEN_REPLAY_MAIN_LIB_H_
