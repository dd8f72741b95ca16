#include "core/page/benchmark/change.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/page/benchmark/made_up_results.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace asap {
namespace {

using ::testing::HasSubstr;

std::string SingleSpaced(std::string text) {
  for (size_t at; (at = text.find("  ")) != std::string::npos;) text.erase(at, 1);
  return text;
}

ScoreRow& Headline(BenchmarkResults& results, int index) {
  for (ScoreRow& score : results.scores) {
    if (score.headline && index-- == 0) return score;
  }
  return results.scores.front();
}

TEST(ChangeTest, NothingChangedAgainstItself) {
  const BenchmarkResults results = MadeUpResults();
  const absl::StatusOr<std::string> text = ChangeAgainstBaseline(results, BaselineJson(results));
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_THAT(*text, HasSubstr("against the baseline of 2026-11-26T19:40:00Z, made on Intel(R) Xeon(R), 2 threads: 44 same, 0 "
                               "changed, of which 0 outside the old interval; 0 on one side only\n"));
}

TEST(ChangeTest, TellsHowEachScoreMoved) {
  const std::string baseline = BaselineJson(MadeUpResults());
  BenchmarkResults results = MadeUpResults();
  *Headline(results, 0).value += 0.01;  // within [-0.03, +0.025]
  *Headline(results, 1).value -= 0.04;  // below
  Headline(results, 2).value = std::nullopt;
  Headline(results, 3).fraction = 50;  // one gone, one new
  const std::string text = SingleSpaced(*ChangeAgainstBaseline(results, baseline));
  EXPECT_THAT(text, HasSubstr("\nmade_up/many 1 % ours Area 0.742 0.712\u20130.767 0.752 +0.010 better\n"));
  EXPECT_THAT(text, HasSubstr(" 0.692 0.662\u20130.717 0.652 \u22120.040 worse, outside the interval\n"));
  EXPECT_THAT(text, HasSubstr(" undefined undefined now\n"));
  EXPECT_THAT(text, HasSubstr(" 0.722 0.692\u20130.747 - gone\n"));
  EXPECT_THAT(text, HasSubstr("\nmade_up/many \u2192 south 50 % ours Area - 0.722 new\n"));
  EXPECT_THAT(text, HasSubstr("40 same, 3 changed, of which 1 outside the old interval; 2 on one side only\n"));
}

TEST(ChangeTest, LowerIsBetterWhereTheScoreSaysSo) {
  BenchmarkResults results = MadeUpResults();
  for (ScoreRow& score : results.scores) score.metric.higher_is_better = false;
  const std::string baseline = BaselineJson(results);
  *Headline(results, 0).value -= 0.1;
  EXPECT_THAT(*ChangeAgainstBaseline(results, baseline), HasSubstr("better, outside the interval"));
}

TEST(ChangeTest, UndefinedScoresAndAwkwardNames) {
  const BenchmarkResults least = LeastResults();
  EXPECT_THAT(*ChangeAgainstBaseline(least, BaselineJson(least)), HasSubstr("1 same"));
  BenchmarkResults results = MadeUpResults();
  results.machine = results.scores[0].metric.title = kAwkward;
  const std::string text = SingleSpaced(*ChangeAgainstBaseline(results, BaselineJson(results)));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("ours ", kAwkward, " 0.742")));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("made on ", kAwkward, ":")));
}

// A baseline is worth nothing to who does not know on which machine it was made: another one gives other last digits.
TEST(ChangeTest, ABaselineSaysWhatItIsOf) {
  const nlohmann::json baseline = nlohmann::json::parse(BaselineJson(MadeUpResults()));
  EXPECT_EQ(baseline["format"], "asap-benchmark-baseline");
  EXPECT_EQ(baseline["version"], 1);
  EXPECT_EQ(baseline["created"], "2026-11-26T19:40:00Z");
  EXPECT_EQ(baseline["machine"], "Intel(R) Xeon(R), 2 threads");
  EXPECT_EQ(baseline["protocol"], "strict");
  EXPECT_EQ(baseline["data"], "phantom");
  EXPECT_EQ(baseline["scores"].size(), 44) << "headline scores alone";
  int in_mm = 0;
  for (const nlohmann::json& score : baseline["scores"]) {
    if (score["metric"] != "distance") continue;
    ++in_mm;
    EXPECT_EQ(score["title"], "Distance");
    EXPECT_EQ(score["higher_is_better"], false);
    EXPECT_EQ(score["task"], "made_up/distance");
    EXPECT_EQ(score["cohort"], "west");
  }
  EXPECT_EQ(in_mm, 6);
}

TEST(ChangeTest, ReadsABaselineThatDoesNotNameItsMachineOrTitles) {
  const BenchmarkResults results = MadeUpResults();
  nlohmann::json old = nlohmann::json::parse(BaselineJson(results));
  old.erase("machine");
  for (nlohmann::json& score : old["scores"]) score.erase("title");
  const absl::StatusOr<std::string> text = ChangeAgainstBaseline(results, old.dump());
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_THAT(*text, HasSubstr("made on a machine that it does not name: 44 same"));
}

TEST(ChangeTest, RefusesWhatIsNoBaselineOfThisBenchmark) {
  const BenchmarkResults results = MadeUpResults();
  const std::string baseline = BaselineJson(results);
  for (const std::string& bad : {std::string(), baseline.substr(0, 500), std::string("{}"), std::string("[1]"),
                                 absl::StrReplaceAll(baseline, {{"\"version\": 1", "\"version\": 2"}}),
                                 absl::StrReplaceAll(baseline, {{"\"value\":0.", "\"value\":\"a\",\"x\":0."}})}) {
    const absl::StatusOr<std::string> text = ChangeAgainstBaseline(results, bad);
    EXPECT_EQ(text.status().code(), absl::StatusCode::kInvalidArgument) << bad.substr(0, 60);
    EXPECT_THAT(std::string(text.status().message()), HasSubstr("write it again"));
  }
  BenchmarkResults other = MadeUpResults();
  other.protocol = Protocol::kPaper;
  EXPECT_THAT(std::string(ChangeAgainstBaseline(other, baseline).status().message()), HasSubstr("do not compare"));
}

}  // namespace
}  // namespace asap
