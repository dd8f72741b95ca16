#include "tools/preprocess/preprocess_main_lib.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

TEST(PreprocessFlagsTest, AreFrozen) {
  EXPECT_EQ(FlagTable("preprocess"),
            "gzip bool \"false\"\n"
            "input string \"\"\n"
            "masks string \"\"\n"
            "on_bad_case string \"fail\"\n"
            "output string \"\"\n"
            "reports string \"\"\n"
            "shard string \"0/1\"\n"
            "spacing string \"1.5,1.5,3.0\"\n"
            "threads int32 \"0\"\n");
}

TEST(PreprocessFlagsTest, WrongCallsNameTheFlagAndWhatItExpects) {
  const struct {
    std::string flag, message;
  } kCases[] = {{"--input=", "--input is needed"},          {"--output=", "--output is needed"},
                {"--spacing=1.5,1.5", "three numbers"},     {"--spacing=1,1,0", "three numbers"},
                {"--spacing=1,1,x", "three numbers"},       {"--shard=2/2", "expected i/n"},
                {"--shard=-1/2", "expected i/n"},           {"--shard=1", "expected i/n"},
                {"--on_bad_case=ask", "fail or skip"},      {"--threads=-1", "0 or more"},
                {"--input=/no/such/folder", "no such file"}};
  for (const auto& test : kCases) {
    const std::vector<std::string> valid = {"--input=/",   "--output=/tmp/x",    "--spacing=1.5,1.5,3.0",
                                            "--shard=0/1", "--on_bad_case=fail", "--threads=1"};
    ASSERT_TRUE(ParseFlags(valid).ok());
    ASSERT_TRUE(ParseFlags({test.flag}).ok()) << test.flag;
    const absl::Status status = PreprocessMain();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << test.flag << ": " << status;
    EXPECT_TRUE(absl::StrContains(status.message(), test.message)) << test.flag << ": " << status;
  }
}

TEST(PreprocessFlagsTest, HelpTeaches) {
  const std::string help = HelpText(PreprocessHelp());
  for (const std::string word : {"manifest.csv", "skipped.csv", "--on_bad_case", "//tools:preprocess"}) {
    EXPECT_TRUE(absl::StrContains(help, word)) << word;
  }
}

}  // namespace
}  // namespace asap
