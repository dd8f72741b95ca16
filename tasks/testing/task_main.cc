// The main() of every task's test: --task, --phantom_cases, --task_options=NAME=VALUE,..., --paper_options likewise.
#include <map>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"
#include "tasks/testing/environment.h"

namespace {

std::map<std::string, std::string> OptionsIn(absl::string_view text) {
  std::map<std::string, std::string> options;
  for (absl::string_view part : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    options.insert(std::pair<std::string, std::string>(absl::StrSplit(part, absl::MaxSplits('=', 1))));
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  asap::TaskTestOptions options;
  for (int i = 1; i < argc; ++i) {
    absl::string_view argument = argv[i];
    if (absl::ConsumePrefix(&argument, "--task=")) {
      options.task = std::string(argument);
    } else if (absl::ConsumePrefix(&argument, "--phantom_cases=")) {
      if (!absl::SimpleAtoi(argument, &options.phantom_cases)) return 2;
    } else if (absl::ConsumePrefix(&argument, "--task_options=")) {
      options.task_options = OptionsIn(argument);
    } else if (absl::ConsumePrefix(&argument, "--paper_options=")) {
      options.paper_options = OptionsIn(argument);
    } else {
      return 2;
    }
  }
  asap::SetTaskTestOptions(options);
  return RUN_ALL_TESTS();
}
