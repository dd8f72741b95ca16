// Runs a program and reads the JSON line that it prints last.
#ifndef ASAP_TESTS_PERFORMANCE_RUN_JSON_H_
#define ASAP_TESTS_PERFORMANCE_RUN_JSON_H_

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace asap {

struct RunJsonResult {
  nlohmann::json json;  // null where the last line is no JSON object
  double seconds = 0;   // from start to end
};

// `words`: the program's path, then its arguments. Standard error goes through. Internal, with the command, where the program
// cannot be started or fails.
absl::StatusOr<RunJsonResult> RunJson(const std::vector<std::string>& words);

}  // namespace asap

#endif  // ASAP_TESTS_PERFORMANCE_RUN_JSON_H_
