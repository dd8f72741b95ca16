#include "tools/cli/run_tool.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using ::testing::ContainsRegex;
using ::testing::StartsWith;

int ExitOf(const absl::Status& status, bool to_a_full_disk) {
  std::vector<std::string> words = {"cli"};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  if (to_a_full_disk && std::freopen("/dev/full", "w", stdout) == nullptr) return -1;
  return RunTool(static_cast<int>(argv.size()), argv.data(), {.name = "cli"}, [&] {
    std::printf("a report\n");
    return status;
  });
}

TEST(RunToolDeathTest, OutputThatCannotBeWrittenIsNoSuccess) {
  EXPECT_EXIT(std::exit(ExitOf(absl::OkStatus(), false)), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(std::exit(ExitOf(absl::OkStatus(), true)), testing::ExitedWithCode(1),
              "cli: not all that belongs on standard output could be written there .No space left");
  EXPECT_EXIT(std::exit(ExitOf(absl::InvalidArgumentError("a wrong call"), true)), testing::ExitedWithCode(2), "a wrong call");
}

TEST(RunTool, PrintsNameVersionAndCommitWhateverStandsBesideIt) {
  const auto version = ReadFile(*Runfile("asap/VERSION"));
  ASSERT_TRUE(version.ok()) << version.status();
  std::string program = "import", asked = "--version", unknown = "--no_such_flag";
  char* arguments[] = {program.data(), asked.data(), unknown.data(), nullptr};
  bool ran = false;
  testing::internal::CaptureStdout();
  const int code = RunTool(3, arguments, {.name = "import"}, [&] {
    ran = true;
    return absl::OkStatus();
  });
  const std::string output = testing::internal::GetCapturedStdout();
  EXPECT_EQ(code, 0);
  EXPECT_FALSE(ran);
  EXPECT_THAT(output, StartsWith(absl::StrCat("import ", absl::StripSuffix(*version, "\n"), " (commit ")));
  EXPECT_THAT(output, ContainsRegex("^import [0-9]+\\.[0-9]+\\.[0-9]+ .commit ([0-9a-f]{12}(-changed)?|unknown).\n$"));
}

}  // namespace
}  // namespace asap
