#include "core/page/benchmark/report.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "core/base/file.h"
#include "core/page/benchmark/junit.h"
#include "core/page/benchmark/made_up_results.h"
#include "core/page/benchmark/markdown.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace asap {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

int Count(const std::string& text, const std::string& part) {
  int count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

TEST(MarkdownTest, IsATable) {
  const std::string text = BenchmarkMarkdown(MadeUpResults());
  EXPECT_THAT(
      text, HasSubstr("\n| classification/ct_rate               |    1\u00a0% | AUROC    | **0.742** (0.712\u20130.767) sd 0."));
  EXPECT_THAT(text, HasSubstr("|        300 / 150 | 9f86d081 |\n"));
  EXPECT_THAT(text, HasSubstr("mae &amp; &lt;co>"));
  EXPECT_THAT(text, HasSubstr("asap against random: 14 wins, 2 ties, 0 losses."));
  EXPECT_THAT(text, Not(HasSubstr("<b")));
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    EXPECT_EQ(Count(std::string(line), " | "), absl::StartsWith(line, "|") ? 7 : 0) << line;
  }
}

TEST(JunitTest, CountsRunsScoresFailuresAndUndefinedOnes) {
  const std::string xml = BenchmarkJunit(MadeUpResults());
  // 78 runs, 46 headline scores and 2 failures, one of them of no suite.
  EXPECT_THAT(xml, HasSubstr("<testsuites name=\"benchmark\" tests=\"126\" failures=\"2\" errors=\"0\" skipped=\"0\""));
  EXPECT_EQ(Count(xml, "<testcase "), 126);
  EXPECT_EQ(Count(xml, "<failure "), 2);
  EXPECT_EQ(Count(xml, "<testsuite "), 13);
  EXPECT_THAT(xml, HasSubstr("<testcase classname=\"mae &amp; &lt;co&gt;.classification.stoic\" name=\"mae &amp; "
                             "&lt;co&gt;/classification/stoic/strict/1pct_seed0.json\""));
  EXPECT_THAT(xml, HasSubstr("timestamp=\"2026-11-26T19:40:00\""));
  EXPECT_THAT(xml, Not(HasSubstr("<co>")));
  EXPECT_THAT(BenchmarkJunit(LeastResults()), HasSubstr("tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"1\""));
}

TEST(ReportTest, WritesAllFiles) {
  const std::string folder = ::testing::TempDir();
  ASSERT_TRUE(WriteBenchmarkReport(folder, MadeUpResults(), {}).ok());
  for (const char* name : {"/index.html", "/table.md", "/junit.xml", "/results.json"})
    EXPECT_TRUE(ReadFile(folder + name).ok()) << name;
  const nlohmann::json json = nlohmann::json::parse(*ReadFile(folder + "/results.json"));
  EXPECT_EQ(json["format"], "asap-benchmark");
  EXPECT_EQ(json["scores"][0]["higher_is_better"], true);
  EXPECT_FALSE(WriteBenchmarkReport(folder + "/not_there", MadeUpResults(), {}).ok());
}

}  // namespace
}  // namespace asap
