#include "tools/cli/run_tool.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using ::testing::ContainsRegex;
using ::testing::StartsWith;

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
