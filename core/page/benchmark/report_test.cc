#include "core/page/benchmark/report.h"

#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "core/base/file.h"
#include "core/benchmark/results.h"
#include "core/page/benchmark/junit.h"
#include "core/page/benchmark/made_up_results.h"
#include "core/page/benchmark/markdown.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace asap {
namespace {

using ::nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

int Count(const std::string& text, const std::string& part) {
  int count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

std::set<std::string> Keys(const json& object) {
  std::set<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  return keys;
}

// The first of the objects in which the field has the value.
json Find(const json& objects, const std::string& field, const json& value) {
  for (const json& object : objects) {
    if (object[field] == value) return object;
  }
  ADD_FAILURE() << "none has " << field << " " << value;
  return {};
}

TEST(MarkdownTest, IsATable) {
  const std::string text = BenchmarkMarkdown(MadeUpResults());
  EXPECT_THAT(text, HasSubstr("\n| made_up/many            |    1\u00a0% | Area         |   **0.742** (0.712\u20130.767) sd 0."));
  EXPECT_THAT(text, HasSubstr("|       300 / 150 | 9f86d081 |\n"));
  EXPECT_THAT(text, HasSubstr("| Distance, mm |   **8.420**")) << "the unit stands beside the name";
  EXPECT_THAT(text, HasSubstr("theirs &amp; &lt;co>"));
  EXPECT_THAT(text, HasSubstr("ours against random: 14 wins, 1 tie, 1 loss."));
  EXPECT_THAT(text, HasSubstr("\nNot applicable: theirs &amp; &lt;co> on made_up/none: the task needs a frozen network; "));
  EXPECT_THAT(text, HasSubstr("\nFailed: theirs &amp; &lt;co>, made_up/one, 1 %, seed 0: 3 cases of 1 class: no fit\n"));
  EXPECT_THAT(text, Not(HasSubstr("<b")));
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    EXPECT_EQ(Count(std::string(line), " | "), absl::StartsWith(line, "|") ? 7 : 0) << line;
  }
}

TEST(JunitTest, CountsRunsScoresFailuresAndUndefinedOnes) {
  const std::string xml = BenchmarkJunit(MadeUpResults());
  // 75 runs, 44 headline scores and 2 failures, one of them of no suite. What is not applicable is no test.
  EXPECT_THAT(xml, HasSubstr("<testsuites name=\"benchmark\" tests=\"121\" failures=\"2\" errors=\"0\" skipped=\"0\""));
  EXPECT_EQ(Count(xml, "<testcase "), 121);
  EXPECT_EQ(Count(xml, "<failure "), 2);
  EXPECT_EQ(Count(xml, "<testsuite "), 12);
  EXPECT_THAT(xml, HasSubstr("<testcase classname=\"theirs &amp; &lt;co&gt;.made_up.one\" name=\"theirs &amp; &lt;co&gt;, "
                             "made_up/one, 1 %, seed 0\" time=\"0.000\"><failure "));
  EXPECT_THAT(xml, HasSubstr("name=\"Distance, mm on west with 10 % of the labels\""));
  EXPECT_THAT(xml, HasSubstr("timestamp=\"2026-11-26T19:40:00\""));
  EXPECT_THAT(xml, Not(HasSubstr("<co>")));
  EXPECT_THAT(BenchmarkJunit(LeastResults()), HasSubstr("tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"1\""));
}

TEST(JunitTest, AFailureStandsInTheSuiteOfItsEncoderAndTaskAlone) {
  BenchmarkResults results;
  for (const char* encoder : {"a", "ab"}) results.encoders.push_back({.name = encoder});
  for (const char* task : {"t/x", "t/xy"}) results.tasks.push_back({.name = task});
  results.failures = {"ab, t/xy, 10 %, seed 0: full disk", "a, t/x, 100 %, seed 2: no: none"};
  const std::string xml = BenchmarkJunit(results);
  EXPECT_EQ(Count(xml, "<testsuite "), 2) << xml;
  EXPECT_EQ(Count(xml, "<failure "), 2);
  EXPECT_THAT(xml, HasSubstr("<testcase classname=\"ab.t.xy\" name=\"ab, t/xy, 10 %, seed 0\""));
  EXPECT_THAT(xml, HasSubstr("<testcase classname=\"a.t.x\" name=\"a, t/x, 100 %, seed 2\""));
}

class ResultsJsonTest : public ::testing::Test {
 protected:
  const json json_ = json::parse(ResultsJson(MadeUpResults()));
};

TEST_F(ResultsJsonTest, SaysWhatAndHowItMeasured) {
  EXPECT_EQ(json_["format"], "asap-benchmark");
  EXPECT_EQ(json_["version"], 3);
  EXPECT_EQ(Keys(json_), (std::set<std::string>{"format", "version", "created", "machine", "release", "commit", "command",
                                                "protocol", "data", "encoders", "tasks", "datasets", "scores", "comparisons",
                                                "shift", "runs", "not_applicable", "failures", "warnings"}))
      << "a field that is removed raises the version; a new one is described in docs/reference/benchmark-results.md";
  EXPECT_EQ(json_["release"], "0.13.0");
  EXPECT_EQ(json_["commit"], "0123abc");
  EXPECT_EQ(json_["protocol"], "strict");
  EXPECT_EQ(json_["encoders"].size(), 3);
  EXPECT_EQ(Keys(json_["encoders"][2]), (std::set<std::string>{"name", "digest", "kind"}));
  EXPECT_EQ(json_["encoders"][2]["name"], "theirs & <co>");
  const json task = Find(json_["tasks"], "name", "made_up/none");
  EXPECT_EQ(Keys(task), (std::set<std::string>{"name", "title", "dataset", "outcome", "labels", "fractions", "headline",
                                               "external", "encoder", "version"}));
  EXPECT_EQ(task["outcome"], "an answer in words");
  EXPECT_EQ(task["encoder"], "frozen network");
  EXPECT_EQ(task["external"], json::array({"south"}));
  ASSERT_EQ(json_["not_applicable"].size(), 1);
  const json& pair = json_["not_applicable"][0];
  EXPECT_EQ(Keys(pair), (std::set<std::string>{"encoder", "task", "reason"}));
  EXPECT_EQ(pair["encoder"], "theirs & <co>");
  EXPECT_EQ(pair["task"], "made_up/none");
  EXPECT_EQ(pair["reason"], "the task needs a frozen network; a file of features has none");
  EXPECT_EQ(json_["failures"].size(), 2);
}

TEST_F(ResultsJsonTest, AScoreCarriesItsMetric) {
  ASSERT_EQ(json_["scores"].size(), MadeUpResults().scores.size());
  const json& first = json_["scores"][0];
  EXPECT_EQ(Keys(first), (std::set<std::string>{"encoder", "task", "cohort", "fraction", "metric", "title", "higher_is_better",
                                                "label", "headline", "value", "low", "high", "sd_over_seeds", "by_seed",
                                                "undefined_resamples", "rows", "cases", "patients", "closed_form"}));
  EXPECT_EQ(first["metric"], "area");
  EXPECT_EQ(first["title"], "Area");
  EXPECT_EQ(first["higher_is_better"], true);
  EXPECT_EQ(first["headline"], true);
  EXPECT_EQ(first["rows"], 300);
  EXPECT_EQ(first["cases"], 300);
  EXPECT_EQ(first["patients"], 150);
  EXPECT_EQ(first["undefined_resamples"], 12);
  EXPECT_EQ(first["by_seed"].size(), 3);
  ASSERT_EQ(first["closed_form"].size(), 2);
  EXPECT_LT(first["closed_form"][0], first["value"]);
  EXPECT_GT(first["closed_form"][1], first["value"]);

  const json distance = Find(json_["scores"], "metric", "distance");
  EXPECT_EQ(distance["title"], "Distance");
  EXPECT_EQ(distance["unit"], "mm");
  EXPECT_EQ(distance["higher_is_better"], false);
  EXPECT_FALSE(distance.contains("closed_form"));
  EXPECT_LT(Find(json_["scores"], "metric", "fit")["value"], 0);
}

TEST_F(ResultsJsonTest, WhatIsUndefinedIsNull) {
  const json undefined = Find(json_["scores"], "label", "never seen");
  for (const char* field : {"value", "low", "high", "sd_over_seeds"}) EXPECT_TRUE(undefined[field].is_null()) << field;
  EXPECT_EQ(undefined["by_seed"], json::array({nullptr, nullptr, nullptr}));
}

TEST_F(ResultsJsonTest, ARunSaysWhatItIsOfAndHoldsNoRows) {
  const json run = Find(json_["runs"], "task", "made_up/one");
  EXPECT_EQ(Keys(run), (std::set<std::string>{"encoder", "task", "fraction", "seed", "file", "task_version", "parameters", "data",
                                              "settings", "commit", "seconds", "date", "split", "choices", "warnings"}));
  EXPECT_EQ(run["file"], "runs/ours/made_up/one/strict/1pct_seed0.json");
  EXPECT_EQ(run["task_version"], 1);
  EXPECT_EQ(run["parameters"].size(), 1);
  EXPECT_EQ(run["parameters"]["size"], "quick");
  EXPECT_EQ(run["data"], "d474");
  EXPECT_EQ(run["commit"], "c033");
  EXPECT_EQ(run["split"]["test"]["patients"], 60);
  EXPECT_EQ(Find(json_["runs"], "task", "made_up/none")["parameters"], json::object());
  EXPECT_THAT(json_.dump(), Not(HasSubstr("patient-")));
}

TEST_F(ResultsJsonTest, AComparisonCarriesItsMetric) {
  const json comparison = Find(json_["comparisons"], "task", "made_up/distance");
  EXPECT_EQ(Keys(comparison),
            (std::set<std::string>{"task", "cohort", "metric", "title", "unit", "higher_is_better", "fraction", "encoder",
                                   "baseline", "difference", "low", "high", "effect", "p", "p_holm"}));
  EXPECT_EQ(comparison["unit"], "mm");
  EXPECT_EQ(comparison["higher_is_better"], false);
  EXPECT_FALSE(json_["comparisons"][0].contains("unit")) << "a pure number";
}

TEST(ReportTest, WritesAllFiles) {
  const std::string folder = ::testing::TempDir();
  ASSERT_TRUE(WriteBenchmarkReport(folder, MadeUpResults(), {}).ok());
  for (const char* name : {"/index.html", "/table.md", "/junit.xml", "/results.json"}) {
    EXPECT_TRUE(ReadFile(folder + name).ok()) << name;
  }
  EXPECT_EQ(json::parse(*ReadFile(folder + "/results.json")), json::parse(ResultsJson(MadeUpResults())));
  EXPECT_FALSE(WriteBenchmarkReport(folder + "/not_there", MadeUpResults(), {}).ok());
}

}  // namespace
}  // namespace asap
