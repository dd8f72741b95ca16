#include "tools/anatomy/anatomy_main_lib.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

TEST(AnatomyFlagsTest, AreFrozen) {
  EXPECT_EQ(FlagTable("anatomy"),
            "input string \"\"\n"
            "label_ids string \"\"\n"
            "labels string \"\"\n"
            "method string \"map\"\n"
            "on_bad_case string \"fail\"\n"
            "output string \"\"\n"
            "overwrite bool \"false\"\n"
            "threads int32 \"0\"\n"
            "truth string \"\"\n"
            "truth_class string \"\"\n"
            "volume string \"\"\n");
}

TEST(AnatomyFlagsTest, WrongCallsNameTheFlagAndWhatItExpects) {
  const struct {
    std::vector<std::string> flags;
    std::string message;
  } kCases[] = {
      {{"--input="}, "--input is needed"},
      {{"--output="}, "--output is needed"},
      {{"--method=learned"}, "expected map or classical"},
      {{"--on_bad_case=ask"}, "fail or skip"},
      {{"--threads=-1"}, "0 or more"},
      {{"--labels=/no/such/table"}, "/no/such/table"},
      {{"--label_ids=v3"}, "did you mean \"v1\"?"},
      {{"--method=classical", "--volume=/"}, "--volume is for --method=map"},
      {{"--method=classical", "--label_ids=v1"}, "--label_ids is for"},
      {{"--truth_class=lung"}, "there is no --truth"},
      {{"--truth=/", "--truth_class=lungs"}, "did you mean \"lung\"?"},
      {{"--input=/no/such/folder"}, "no such file"},
  };
  for (const auto& test : kCases) {
    ASSERT_TRUE(ParseFlags({"--input=/no/such/file", "--output=/tmp/x", "--method=map", "--labels=", "--label_ids=", "--volume=",
                            "--truth=", "--truth_class=", "--on_bad_case=fail", "--threads=1"})
                    .ok());
    ASSERT_TRUE(ParseFlags(test.flags).ok());
    const absl::Status status = AnatomyMain();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << test.flags[0] << ": " << status;
    EXPECT_TRUE(absl::StrContains(status.message(), test.message)) << test.flags[0] << ": " << status;
  }
}

TEST(AnatomyFlagsTest, HelpTeaches) {
  const std::string help = HelpText(AnatomyHelp());
  for (const std::string word :
       {"TotalSegmentator", "approximate", "mask_classes.txt", "skipped.csv", "//tools:anatomy", "--labels"}) {
    EXPECT_TRUE(absl::StrContains(help, word)) << word;
  }
}

}  // namespace
}  // namespace asap
