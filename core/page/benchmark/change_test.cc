#include "core/page/benchmark/change.h"

#include <string>

#include "absl/strings/str_replace.h"
#include "core/page/benchmark/made_up_results.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

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
  EXPECT_THAT(*text, HasSubstr("against the baseline of 2026-11-26T19:40:00Z: 46 same, 0 changed, of which 0 outside the old "
                               "interval; 0 on one side only\n"));
}

TEST(ChangeTest, TellsHowEachScoreMoved) {
  const std::string baseline = BaselineJson(MadeUpResults());
  BenchmarkResults results = MadeUpResults();
  *Headline(results, 0).value += 0.01;  // within [-0.03, +0.025]
  *Headline(results, 1).value -= 0.04;  // below
  Headline(results, 2).value = std::nullopt;
  Headline(results, 3).fraction = 50;  // one gone, one new
  const std::string text = SingleSpaced(*ChangeAgainstBaseline(results, baseline));
  EXPECT_THAT(text, HasSubstr("\nclassification/ct_rate 1 % asap AUROC 0.742 0.712\u20130.767 0.752 +0.010 better\n"));
  EXPECT_THAT(text, HasSubstr(" 0.692 0.662\u20130.717 0.652 \u22120.040 worse, outside the interval\n"));
  EXPECT_THAT(text, HasSubstr(" undefined undefined now\n"));
  EXPECT_THAT(text, HasSubstr(" 0.722 0.692\u20130.747 - gone\n"));
  EXPECT_THAT(text, HasSubstr("\nclassification/ct_rate \u2192 rad_chestct 50 % asap AUROC - 0.722 new\n"));
  EXPECT_THAT(text, HasSubstr("42 same, 3 changed, of which 1 outside the old interval; 2 on one side only\n"));
}

TEST(ChangeTest, LowerIsBetterWhereTheScoreSaysSo) {
  BenchmarkResults results = MadeUpResults();
  for (ScoreRow& score : results.scores) score.higher_is_better = false;
  const std::string baseline = BaselineJson(results);
  *Headline(results, 0).value -= 0.1;
  EXPECT_THAT(*ChangeAgainstBaseline(results, baseline), HasSubstr("better, outside the interval"));
}

TEST(ChangeTest, UndefinedScoresAndAwkwardNames) {
  const BenchmarkResults least = LeastResults();
  EXPECT_THAT(*ChangeAgainstBaseline(least, BaselineJson(least)), HasSubstr("1 same"));
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
