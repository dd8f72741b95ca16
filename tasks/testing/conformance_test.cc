// The main() of every task's test: see conformance.h.
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"
#include "tasks/testing/conformance.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  asap::ConformanceOptions options;
  for (int i = 1; i < argc; ++i) {
    absl::string_view argument = argv[i];
    if (absl::ConsumePrefix(&argument, "--task=")) options.task = std::string(argument);
    if (absl::ConsumePrefix(&argument, "--phantom_cases=") && !absl::SimpleAtoi(argument, &options.phantom_cases)) return 2;
  }
  asap::SetConformanceOptions(options);
  return RUN_ALL_TESTS();
}
