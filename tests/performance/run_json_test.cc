#include "tests/performance/run_json.h"

#include "gtest/gtest.h"

namespace asap {
namespace {

TEST(RunJsonTest, ReadsTheLastLine) {
  const auto result = RunJson({"sh", "-c", "echo '{\"a\": 1}'; echo '{\"a\": 2.5}'; echo"});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->json["a"].get<double>(), 2.5);
  EXPECT_GT(result->seconds, 0);
}

TEST(RunJsonTest, OutputThatIsNoJsonIsNull) {
  for (const char* text : {"true", "echo 7", "echo '{\"a\": '"}) {
    const auto result = RunJson({"sh", "-c", text});
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_TRUE(result->json.is_null()) << text;
  }
}

TEST(RunJsonTest, FailuresNameTheCommand) {
  EXPECT_NE(RunJson({"sh", "-c", "exit 3"}).status().message().find("exit 3: exit status 3"), absl::string_view::npos);
  EXPECT_NE(RunJson({"sh", "-c", "kill -9 $$"}).status().message().find("signal 9"), absl::string_view::npos);
  EXPECT_NE(RunJson({"/nowhere/program"}).status().message().find("/nowhere/program"), absl::string_view::npos);
}

}  // namespace
}  // namespace asap
