#include "core/page/benchmark/page.h"

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/html/html.h"
#include "core/page/benchmark/made_up_results.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace asap {
namespace {

int Count(const std::string& text, const std::string& part) {
  int count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

std::string Between(const std::string& text, const std::string& begin, const std::string& end) {
  const size_t from = text.find(begin);
  if (from == std::string::npos) return "";
  const size_t to = text.find(end, from);
  return text.substr(from, to == std::string::npos ? to : to - from);
}

// Without the plotting library, which has "http" in its licence.
std::string OwnPart(const std::string& page) { return page.substr(0, page.find("<script>")); }

// The row of the main table that holds both texts.
std::string RowWith(const std::string& section, const std::string& one, const std::string& other) {
  for (size_t at = section.find("<tr"); at != std::string::npos; at = section.find("<tr", at + 1)) {
    const std::string row = section.substr(at, section.find("</tr>", at) - at);
    if (absl::StrContains(row, one) && absl::StrContains(row, other)) return row;
  }
  return "";
}

// Each element that opens closes, in order; void elements aside.
testing::AssertionResult IsBalanced(const std::string& html) {
  static const std::set<std::string> kVoid = {"meta", "br", "wbr", "img", "!doctype", "!DOCTYPE"};
  std::vector<std::string> open;
  for (size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const bool closes = html[at + 1] == '/';
    const size_t begin = at + 1 + closes;
    const std::string tag = html.substr(begin, html.find_first_of(" >\n", begin) - begin);
    if (kVoid.count(tag) > 0) continue;
    if (!closes) {
      open.push_back(tag);
    } else if (open.empty() || open.back() != tag) {
      return testing::AssertionFailure() << "</" << tag << "> closes " << (open.empty() ? "nothing" : open.back()) << " at "
                                         << html.substr(at > 200 ? at - 200 : 0, 300);
    } else {
      open.pop_back();
    }
  }
  return testing::AssertionSuccess();
}

// One page for all of them: it takes a while without optimisation.
const BenchmarkResults& Results() {
  static const BenchmarkResults& results = *new BenchmarkResults(MadeUpResults());
  return results;
}

const std::string& Page() {
  static const std::string& page = *new std::string(BenchmarkPage(Results(), {}));
  return page;
}

class PageTest : public ::testing::Test {
 protected:
  const BenchmarkResults& results_ = Results();
  const std::string& page_ = Page();
  const std::string own_ = OwnPart(page_);
};

TEST_F(PageTest, AllTextIsEscapedAndTagsBalance) {
  EXPECT_TRUE(IsBalanced(own_.substr(0, own_.find("<script"))));
  EXPECT_FALSE(absl::StrContains(own_, "a<b"));
  EXPECT_FALSE(absl::StrContains(own_, "<co>"));
  EXPECT_TRUE(absl::StrContains(own_, "mae &amp; &lt;co&gt;"));
  EXPECT_GE(Count(own_, Escaped(kAwkward)), 4) << "label, failure, warning and card";
  EXPECT_EQ(Count(page_, "</script>"), 3) << "data, library and ours, none closed by data";
  EXPECT_FALSE(absl::StrContains(own_, "src=\"http"));
  EXPECT_FALSE(absl::StrContains(own_, "href=\"http"));
  for (const char* undefined : {"nan", "inf<", "-inf"}) EXPECT_FALSE(absl::StrContains(own_, undefined)) << undefined;
}

TEST_F(PageTest, NoPatientIsNamed) { EXPECT_FALSE(absl::StrContains(page_, "patient-")); }

TEST_F(PageTest, MainTableHasEveryTaskCohortAndFraction) {
  const std::string scores = Between(own_, "<section id=\"scores\"", "</section>");
  EXPECT_EQ(Count(scores, "<th scope=\"row\""), 3 + 3 + 3 + 3 + 2 + 1 + 1);
  const std::string row = RowWith(scores, "ct_rate \u2192 rad_chestct", ">10\u00a0%<");
  EXPECT_TRUE(absl::StrContains(row, "<b>0.722</b>")) << row;
  EXPECT_TRUE(absl::StrContains(row, "<small>0.692\u20130.747</small> <small>sd "));
  EXPECT_TRUE(absl::StrContains(row, "300 / 150"));
  EXPECT_TRUE(absl::StrContains(row, ">9f86d081<"));
  EXPECT_TRUE(absl::StrContains(row, "title=\"Hiatal hernia\">1 label</small>"));
  EXPECT_FALSE(absl::StrContains(RowWith(scores, "prognosis/inspect", ">100\u00a0%<"), "<b>")) << "no significant difference";
  EXPECT_TRUE(absl::StrContains(RowWith(scores, "classification/stoic", ">1\u00a0%<"), ">\u2013<")) << "a run that failed";
  EXPECT_FALSE(absl::StrContains(scores, "encoders differ"));
}

TEST_F(PageTest, ComparisonsSayWhoWins) {
  const std::string comparisons = Between(own_, "<section id=\"comparisons\"", "</section>");
  EXPECT_EQ(Count(comparisons, "<th scope=\"row\""), static_cast<int>(results_.comparisons.size()));
  EXPECT_EQ(Count(comparisons, "class=\"tie\">tie<"), 3);
  EXPECT_EQ(Count(comparisons, "class=\"loss\">asap loses<"), 1);
  EXPECT_TRUE(absl::StrContains(comparisons, "+0.004 to +0.210"));
  EXPECT_TRUE(absl::StrContains(own_, "asap against mae &amp; &lt;co&gt;: 12 wins, 1 tie, 1 loss"));
}

TEST_F(PageTest, EveryPlotHasDataAndATextAlternative) {
  const std::string json = Between(page_, "id=\"plots\">", "</script>").substr(11);
  const nlohmann::json plots = nlohmann::json::parse(json);
  EXPECT_EQ(Count(own_, "<canvas "), static_cast<int>(plots.size()));
  EXPECT_EQ(Count(own_, "role=\"img\" aria-label=\""), static_cast<int>(plots.size()));
  EXPECT_FALSE(absl::StrContains(json, "<"));
  // Bars, efficiency, ROC, precision-recall and reliability of 18 labels, the undefined one null.
  EXPECT_EQ(plots[0]["labels"].size(), 18);
  EXPECT_TRUE(plots[0]["series"][0]["values"][5].is_null());
  EXPECT_EQ(plots[2]["choices"].size(), 19);
  EXPECT_TRUE(plots[2]["series"][0]["lines"][6].is_null());
  EXPECT_EQ(plots[2]["series"][0]["lines"][1]["x"][0], 0);
}

TEST_F(PageTest, TasksShowWhatTheirOutcomeHas) {
  const std::string classes = Between(own_, "id=\"task-classification-cc-ccii\"", "<details class=\"task\"");
  EXPECT_EQ(Count(classes, "Confusion matrix of "), 3);
  EXPECT_EQ(Count(classes, "Kaplan"), 0);
  const std::string survival = Between(own_, "id=\"task-prognosis-inspect\"", "</section>");
  EXPECT_TRUE(absl::StrContains(survival, "External cohort: rspect"));
  EXPECT_EQ(Count(survival, "Numbers at risk"), 2) << "two cohorts";
  EXPECT_EQ(Count(survival, "<td>high risk</td>"), 6) << "of three encoders each";
  EXPECT_TRUE(absl::StrContains(survival, "log-rank p "));
  EXPECT_TRUE(absl::StrContains(own_, "learning_rate 0.003, pooling mean, epoch 17"));
  EXPECT_TRUE(absl::StrContains(own_, "Hiatal hernia has no positive case"));
}

TEST_F(PageTest, AnExternalDatasetMayNameItsLabelsOtherwise) {
  const std::string task = Between(own_, "id=\"task-classification-stoic\"", "<details class=\"task\"");
  const std::string external = Between(task, "External cohort: elsewhere", "greatest loss");
  EXPECT_EQ(Count(external, "<canvas "), 5) << "bars, efficiency, ROC, precision-recall, reliability";
  EXPECT_TRUE(absl::StrContains(external, "AUROC, covid_severity"));
}

TEST_F(PageTest, CardsShiftAndFailures) {
  EXPECT_TRUE(absl::StrContains(own_, "the effusion column is there twice"));
  EXPECT_TRUE(absl::StrContains(own_, "CC BY-NC-ND 4.0"));
  EXPECT_TRUE(absl::StrContains(own_, "0.7 \u00d7 0.7 \u00d7 1"));
  EXPECT_TRUE(absl::StrContains(own_, "2 runs failed"));
}

TEST_F(PageTest, UnlikeSplitsAreNamed) {
  BenchmarkResults results = MadeUpResults();
  results.runs.front().result.split.digest = "0123456789abcdef";
  const std::string scores = Between(BenchmarkPage(results, {}), "<section id=\"scores\"", "</section>");
  EXPECT_EQ(Count(scores, "encoders differ"), 2) << "the run's fraction, on both cohorts";
}

TEST_F(PageTest, WorstCasesComeAsPictures) {
  std::vector<std::string> asked;
  const auto picture = [&asked](const std::string& dataset, const std::string& case_id) -> absl::StatusOr<RgbImage> {
    asked.push_back(absl::StrCat(dataset, " ", case_id));
    if (asked.size() == 2) return absl::NotFoundError("no such case");
    return RgbImage(4, 3, {200, 100, 0});
  };
  const std::string page = OwnPart(BenchmarkPage(results_, {.worst_cases = 3, .picture = picture}));
  EXPECT_EQ(asked.size(), 12) << "three a task";
  EXPECT_TRUE(absl::StartsWith(asked[0], "ct_rate ct_rate_"));
  EXPECT_EQ(Count(page, "src=\"data:image/png;base64,iVBOR"), 11);
  EXPECT_EQ(Count(page, "no picture"), 1);
  EXPECT_TRUE(absl::StrContains(page, "alt=\"slice of case "));
}

TEST(LeastPageTest, SaysWhatItLacks) {
  const std::string own = OwnPart(BenchmarkPage(LeastResults(), {}));
  EXPECT_TRUE(absl::StrContains(own, ">undefined<"));
  EXPECT_TRUE(absl::StrContains(own, "nothing to compare"));
  EXPECT_TRUE(absl::StrContains(own, "choices were made on test data")) << "protocol paper";
  EXPECT_EQ(Count(own, "<canvas"), 0);
  EXPECT_FALSE(absl::StrContains(OwnPart(BenchmarkPage({}, {})), "<canvas")) << "no results at all";
}

}  // namespace
}  // namespace asap
