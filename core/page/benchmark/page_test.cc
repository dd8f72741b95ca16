#include "core/page/benchmark/page.h"

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/base/file.h"
#include "core/benchmark/run.h"
#include "core/html/html.h"
#include "core/page/benchmark/made_up_results.h"
#include "core/page/section.h"
#include "core/page/shown_task.h"
#include "gmock/gmock.h"
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
  static const std::string& page = *new std::string(BenchmarkPage(Results(), {.tasks = MadeUpTasks()}));
  return page;
}

// What the page says of one task.
std::string TaskPart(const std::string& own, const std::string& id) {
  const std::string part = Between(own, absl::StrCat("id=\"", id, "\""), "<details class=\"task\"");
  return part.substr(0, part.find("</section>"));
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
  EXPECT_TRUE(absl::StrContains(own_, "theirs &amp; &lt;co&gt;"));
  // A failure, a warning, the title and the population of a card, a task's title, a label in three tables; of each of seven
  // cohorts that are shown, a title and its label, a heading and a paragraph; of the test cohorts, pictures without pictures.
  EXPECT_GE(Count(own_, Escaped(kAwkward)), 5 + 3 + 7 * 4 + 4 * 6);
  EXPECT_EQ(Count(page_, "</script>"), 3) << "data, library and ours, none closed by data";
  EXPECT_FALSE(absl::StrContains(own_, "src=\"http"));
  EXPECT_FALSE(absl::StrContains(own_, "href=\"http"));
  for (const char* undefined : {"nan", "inf<", "-inf"}) EXPECT_FALSE(absl::StrContains(own_, undefined)) << undefined;
}

TEST_F(PageTest, NoPatientIsNamed) { EXPECT_FALSE(absl::StrContains(page_, "patient-")); }

TEST_F(PageTest, MainTableHasEveryTaskCohortAndFraction) {
  const std::string scores = Between(own_, "<section id=\"scores\"", "</section>");
  EXPECT_EQ(Count(scores, "<th scope=\"row\""), 3 + 3 + 3 + 3 + 2 + 1 + 1);
  const std::string row = RowWith(scores, "made_up/many \u2192 south", ">10\u00a0%<");
  EXPECT_TRUE(absl::StrContains(row, "<b>0.722</b>")) << row;
  EXPECT_TRUE(absl::StrContains(row, "<small>0.692\u20130.747</small> <small>sd "));
  EXPECT_TRUE(absl::StrContains(row, "300 / 150"));
  EXPECT_TRUE(absl::StrContains(row, ">9f86d081<"));
  EXPECT_TRUE(absl::StrContains(row, "title=\"never seen\">1 label</small>"));
  const std::string without_range = RowWith(scores, "made_up/none", ">100\u00a0%<");
  EXPECT_FALSE(absl::StrContains(without_range, "<b>")) << "no significant difference";
  EXPECT_TRUE(absl::StrContains(without_range, "\u22120.198")) << without_range;
  EXPECT_TRUE(absl::StrContains(without_range, "<small>\u22120.228 to \u22120.173</small>")) << "no dash between signs";
  EXPECT_TRUE(absl::StrContains(without_range, ">\u2013<")) << "not applicable to an encoder";
  EXPECT_TRUE(absl::StrContains(RowWith(scores, "made_up/one", ">1\u00a0%<"), ">\u2013<")) << "a run that failed";
  EXPECT_FALSE(absl::StrContains(scores, "encoders differ"));
}

TEST_F(PageTest, LowerIsBetterWhereTheMetricSaysSo) {
  const std::string scores = Between(own_, "<section id=\"scores\"", "</section>");
  const std::string row = RowWith(scores, "made_up/distance", ">100\u00a0%<");
  EXPECT_TRUE(absl::StrContains(row, "<td>Distance, mm</td>")) << row;
  EXPECT_TRUE(absl::StrContains(row, "<b>7.970</b>")) << "the least: " << row;
  EXPECT_EQ(Count(row, "<b>"), 1);
  const std::string comparisons = Between(own_, "<section id=\"comparisons\"", "</section>");
  const std::string compared = RowWith(comparisons, "made_up/distance", ">ours \u2212 random<");
  EXPECT_TRUE(absl::StrContains(compared, "class=\"win\">ours wins<")) << "by a negative difference: " << compared;
}

TEST_F(PageTest, ComparisonsSayWhoWins) {
  const std::string comparisons = Between(own_, "<section id=\"comparisons\"", "</section>");
  EXPECT_EQ(Count(comparisons, "<th scope=\"row\""), static_cast<int>(results_.comparisons.size()));
  EXPECT_EQ(Count(comparisons, "class=\"tie\">tie<"), 1);
  EXPECT_EQ(Count(comparisons, "class=\"loss\">ours loses<"), 1);
  EXPECT_TRUE(absl::StrContains(comparisons, "+0.004 to +0.210"));
  EXPECT_TRUE(absl::StrContains(own_, "ours against random: 14 wins, 1 tie, 1 loss"));
  EXPECT_TRUE(absl::StrContains(own_, "ours against theirs &amp; &lt;co&gt;: 12 wins, 0 ties, 0 losses"));
}

TEST_F(PageTest, EveryPlotHasDataAndATextAlternative) {
  const std::string json = Between(page_, "id=\"plots\">", "</script>").substr(11);
  const nlohmann::json plots = nlohmann::json::parse(json);
  EXPECT_EQ(Count(own_, "<canvas "), static_cast<int>(plots.size()));
  EXPECT_EQ(Count(own_, "role=\"img\" aria-label=\""), static_cast<int>(plots.size()));
  EXPECT_FALSE(absl::StrContains(json, "<"));
  // Bars of 18 labels, efficiency, and the task's own curves of them, the undefined one null.
  EXPECT_EQ(plots[0]["labels"].size(), 18);
  EXPECT_EQ(plots[0]["axis"], "Area");
  EXPECT_EQ(plots[0]["reference"], 0.5) << "the metric's chance";
  EXPECT_EQ(plots[0]["series"].size(), 3);
  EXPECT_TRUE(plots[0]["series"][0]["values"][5].is_null());
  EXPECT_EQ(plots[1]["x"]["title"], "training labels, %");
  EXPECT_EQ(plots[1]["series"][0]["lines"][0]["x"], nlohmann::json({1, 10, 100}));
  EXPECT_EQ(plots[1]["series"][0]["lines"][0]["y"], nlohmann::json({0.742, 0.772, 0.802}));
  EXPECT_EQ(plots[2]["choices"].size(), 19);
  EXPECT_TRUE(plots[2]["series"][0]["lines"][6].is_null());
  EXPECT_EQ(plots[2]["series"][0]["lines"][1]["x"][0], 0);
  const auto bars_of = [&](const std::string& axis) {
    for (const nlohmann::json& plot : plots) {
      if (plot["kind"] == "bars" && plot["axis"] == axis) return plot;
    }
    return nlohmann::json();
  };
  EXPECT_EQ(bars_of("Distance, mm")["labels"], nlohmann::json({"upper", "middle", "lower"}));
  EXPECT_TRUE(bars_of("Distance, mm")["reference"].is_null());
  EXPECT_EQ(bars_of("Overlap")["labels"], nlohmann::json::array({kAwkward}))
      << "where the headline is of no label, another metric";
}

TEST_F(PageTest, WhatATaskAddsStandsBetweenWhatAllTasksHave) {
  const std::string task = TaskPart(own_, "task-made-up-many");
  const std::vector<std::string> order = {"<h4>Test cohort: north</h4>",
                                          "Area of each label",
                                          "Area by share of training labels",
                                          "Curves ",
                                          "Rows of each encoder",
                                          "<h4>Heading ",
                                          "<p>Paragraph ",
                                          "<caption>Rows by encoder",
                                          "<caption>First rows of ours",
                                          "<caption>First rows of random",
                                          "<summary>Folded part",
                                          "Folded bars",
                                          "<caption>Folded table",
                                          "<div class=\"pictures\">",
                                          "<summary>All scores, 100",
                                          "<summary>All scores, 10",
                                          "<summary>All scores, 1",
                                          "<h4>External cohort: south</h4>",
                                          "<summary>All scores, 100",
                                          "<summary>Runs"};
  size_t at = 0;
  for (const std::string& part : order) {
    const size_t next = task.find(part, at);
    ASSERT_NE(next, std::string::npos) << part << " after " << task.substr(at > 100 ? at - 100 : 0, 200);
    at = next + part.size();
  }
  const std::string first = Between(task, "<div class=\"figures\">", "<h4>Heading");
  EXPECT_EQ(Count(first, "<canvas "), 4) << "plots of all tasks and of this one, side by side";
  EXPECT_EQ(Count(first, "<div class=\"figures\">"), 1);
  EXPECT_FALSE(absl::StrContains(task, "Nothing in it"));
}

TEST_F(PageTest, AReaderChoosesALabelWhereAPlotHasSeveral) {
  const std::string many = TaskPart(own_, "task-made-up-many");
  EXPECT_EQ(Count(many, "<select>"), 1);
  EXPECT_EQ(Count(many, "<option "), 19);
  EXPECT_TRUE(absl::StrContains(many, "<option value=\"\">all labels</option><option value=\"finding 1\">finding 1</option>"));
  EXPECT_EQ(Count(TaskPart(own_, "task-made-up-one"), "<select>"), 0) << "one label";
  EXPECT_EQ(Count(TaskPart(own_, "task-made-up-none"), "<select>"), 0) << "no label";
  const std::string without_plots = OwnPart(BenchmarkPage(results_, {}));
  EXPECT_EQ(Count(without_plots, "<select>"), 0) << "no plot that has a choice";
}

TEST_F(PageTest, EachTaskShowsItsOwnRows) {
  const std::string distance = TaskPart(own_, "task-made-up-distance");
  EXPECT_TRUE(absl::StrContains(distance, "<th scope=\"row\">west_0</th><td>item 2</td>")) << "rows of a case";
  EXPECT_EQ(Count(distance, "<caption>First rows of "), 3);
  const std::string none = TaskPart(own_, "task-made-up-none");
  EXPECT_EQ(Count(none, "<caption>First rows of "), 4) << "two encoders, two cohorts";
  EXPECT_TRUE(absl::StrContains(
      none, "Not applicable to theirs &amp; &lt;co&gt;: the task needs a frozen network; a file of features has none."));
  EXPECT_EQ(Count(own_, "Not applicable to"), 1);
}

TEST_F(PageTest, RunsSayWhatTheyWereAndChose) {
  EXPECT_TRUE(absl::StrContains(own_, "learning_rate 0.003, pooling mean, epoch 17"));
  EXPECT_TRUE(absl::StrContains(TaskPart(own_, "task-made-up-one"), "<td>size quick</td>")) << "a parameter of the task";
  EXPECT_FALSE(absl::StrContains(TaskPart(own_, "task-made-up-many"), "size quick"));
  EXPECT_EQ(Count(own_, "<li>never seen has no positive case</li>"), 1) << "once, and not for each run";
}

TEST_F(PageTest, AClosedFormStandsBesideTheBootstrap) {
  const std::string many = TaskPart(own_, "task-made-up-many");
  EXPECT_TRUE(absl::StrContains(many, "<small>closed form 0.774\u20130.829</small>")) << "0.802 - 0.028 and + 0.027";
  EXPECT_FALSE(absl::StrContains(TaskPart(own_, "task-made-up-distance"), "<small>closed form"));
}

TEST_F(PageTest, AnExternalDatasetMayNameItsLabelsOtherwise) {
  const std::string task = TaskPart(own_, "task-made-up-one");
  const std::string external = Between(task, "External cohort: elsewhere", "<summary>Runs");
  EXPECT_EQ(Count(external, "<canvas "), 5) << "bars, efficiency, and three of the task's own";
  EXPECT_TRUE(absl::StrContains(external, "Overlap, another name"));
  EXPECT_FALSE(absl::StrContains(external, absl::StrCat("Overlap, ", Escaped(kAwkward))));
}

TEST_F(PageTest, CardsShiftAndFailures) {
  EXPECT_TRUE(absl::StrContains(own_, "the effusion column is there twice"));
  EXPECT_TRUE(absl::StrContains(own_, "CC BY-NC-ND 4.0"));
  EXPECT_TRUE(absl::StrContains(own_, "0.7 \u00d7 0.7 \u00d7 1"));
  EXPECT_TRUE(absl::StrContains(own_, "2 runs failed"));
  EXPECT_TRUE(absl::StrContains(own_, ">0.13.0, 0123abc<")) << "version and commit of the build";
}

TEST_F(PageTest, UnlikeSplitsAreNamed) {
  BenchmarkResults results = MadeUpResults();
  results.runs.front().result.split.digest = "0123456789abcdef";
  const std::string scores = Between(BenchmarkPage(results, {}), "<section id=\"scores\"", "</section>");
  EXPECT_EQ(Count(scores, "encoders differ"), 2) << "the run's fraction, on both cohorts";
}

TEST_F(PageTest, PicturesAreOfTheShownCohortsCases) {
  std::vector<std::string> asked;
  const auto picture = [&asked](const std::string& dataset, const std::string& case_id) -> absl::StatusOr<RgbImage> {
    asked.push_back(absl::StrCat(dataset, " ", case_id));
    if (asked.size() == 2) return absl::NotFoundError("no such case");
    return RgbImage(4, 3, {200, 100, 0});
  };
  const std::string page = OwnPart(BenchmarkPage(results_, {.tasks = MadeUpTasks(), .most_pictures = 3, .picture = picture}));
  EXPECT_EQ(asked.size(), 12) << "three a task";
  EXPECT_EQ(asked[0], "north north_0");
  EXPECT_EQ(Count(page, "width=\"4\" height=\"3\" src=\"data:image/png;base64,iVBOR"), 11);
  EXPECT_EQ(Count(page, "no picture"), 1);
  EXPECT_EQ(Count(page, absl::StrCat("alt=\"case north_0 ", Escaped(kAwkward))), 1 + 3)
      << "of another task three rows of the case";
  EXPECT_EQ(Count(own_, "no picture"), 0) << "a page without pictures has captions alone";
  EXPECT_TRUE(absl::StrContains(own_, "<figure><figcaption><b>north_0</b>"));
}

TEST_F(PageTest, ATaskThatTheProgramDoesNotHaveAddsNothing) {
  const std::string own = OwnPart(BenchmarkPage(results_, {.tasks = {MadeUpTasks()[1]}}));
  EXPECT_FALSE(absl::StrContains(TaskPart(own, "task-made-up-many"), "<h4>Heading"));
  EXPECT_TRUE(absl::StrContains(TaskPart(own, "task-made-up-many"), "Area of each label"));
  EXPECT_TRUE(absl::StrContains(TaskPart(own, "task-made-up-one"), "<h4>Heading"));
}

// Keeps what it is shown, once for each cohort.
class Watcher : public Task {
 public:
  struct Seen {
    std::string cohort;
    bool external;
    std::vector<ShownRun> runs;
    std::vector<std::string> texts;  // of the first run's first row
  };

  explicit Watcher(TaskSpec spec) : spec_(std::move(spec)) {}
  const TaskSpec& spec() const override { return spec_; }
  absl::StatusOr<TaskResult> Run(MeasuredEncoder&, const TaskContext&) const override {
    return absl::UnimplementedError("watches");
  }
  std::vector<Score> Scores(const Cohort&) const override { return {}; }
  void Show(const ShownTask& shown, PageSection&) const override {
    seen.push_back({shown.cohort, shown.external, shown.runs, {}});
    const absl::StatusOr<Cohort> cohort = CohortWithTexts(shown.runs.front());
    seen.back().texts.push_back(cohort.ok() ? cohort->texts.at("answer")[0] : std::string(cohort.status().message()));
  }

  mutable std::vector<Seen> seen;

 private:
  const TaskSpec spec_;
};

Cohort OneRow(const std::string& dataset) {
  Cohort cohort{.dataset = dataset};
  cohort.rows.push_back({.case_id = "1", .patient = "p"});
  return cohort;
}

// Three encoders, of which one has no rows of the cohort and one none at all.
BenchmarkResults WatchedResults() {
  BenchmarkResults results{.encoders = {{.name = "b"}, {.name = "without"}, {.name = "no run"}, {.name = "a"}}};
  results.tasks = {{.name = "t/x", .dataset = "north", .headline = "area", .external_datasets = {"south"}}};
  for (const char* cohort : {"north", "south"}) {
    results.scores.push_back({.encoder = "a", .task = "t/x", .cohort = cohort, .metric = {.name = "area"}, .headline = true});
  }
  for (const char* encoder : {"a", "b", "without"}) {
    for (const double fraction : {10.0, 100.0, 1.0}) {
      for (const uint64_t seed : {2, 1}) {
        asap::Run run{.key = {.encoder = encoder, .task = "t/x", .fraction = fraction, .seed = seed}};
        run.result.test = OneRow("north");
        if (absl::string_view(encoder) == "without") run.result.test.rows.clear();
        if (absl::string_view(encoder) == "a") run.result.external = {OneRow("south")};
        results.runs.push_back(std::move(run));
      }
    }
  }
  return results;
}

TEST(ShownTaskTest, IsOfTheRunWithTheMostLabelsAndTheLeastSeed) {
  const BenchmarkResults results = WatchedResults();
  const Watcher watcher(results.tasks[0]);
  BenchmarkPage(results, {.tasks = {&watcher}, .runs_folder = "/somewhere/runs"});
  ASSERT_EQ(watcher.seen.size(), 2);
  const Watcher::Seen& test = watcher.seen[0];
  EXPECT_EQ(test.cohort, "north");
  EXPECT_FALSE(test.external);
  ASSERT_EQ(test.runs.size(), 2) << "encoders without rows are left out";
  EXPECT_EQ(test.runs[0].encoder, "b") << "in the page's order";
  EXPECT_EQ(test.runs[1].encoder, "a");
  EXPECT_EQ(test.runs[0].run->key.fraction, 100);
  EXPECT_EQ(test.runs[0].run->key.seed, 1);
  EXPECT_EQ(test.runs[0].cohort, &test.runs[0].run->result.test);
  EXPECT_EQ(test.runs[0].place, "/somewhere/runs/b/t/x/strict/100pct_seed1");
  const Watcher::Seen& external = watcher.seen[1];
  EXPECT_EQ(external.cohort, "south");
  EXPECT_TRUE(external.external);
  ASSERT_EQ(external.runs.size(), 1);
  EXPECT_EQ(external.runs[0].encoder, "a");
  EXPECT_EQ(external.runs[0].cohort, &external.runs[0].run->result.external[0]);
}

TEST(ShownTaskTest, TextsAreReadFromTheirFile) {
  const std::string folder = ::testing::TempDir() + "/runs";
  const BenchmarkResults results = WatchedResults();
  for (asap::Run run : results.runs) {
    run.result.test.texts["answer"] = std::vector<std::string>(run.result.test.rows.size(), "yes of " + run.key.encoder);
    for (Cohort& external : run.result.external) external.texts["answer"] = {"yes elsewhere"};
    const std::string path = absl::StrCat(folder, "/", run.key.Place(), ".json");
    ASSERT_TRUE(MakeWritableFolder(path.substr(0, path.rfind('/'))).ok());
    const absl::Status written = WriteRun(path, run);
    ASSERT_TRUE(written.ok()) << written;
  }
  const Watcher watcher(results.tasks[0]);
  const std::string page = BenchmarkPage(results, {.tasks = {&watcher}, .runs_folder = folder});
  ASSERT_EQ(watcher.seen.size(), 2);
  EXPECT_THAT(watcher.seen[0].texts, ::testing::ElementsAre("yes of b"));
  EXPECT_THAT(watcher.seen[1].texts, ::testing::ElementsAre("yes elsewhere"));
  EXPECT_FALSE(absl::StrContains(page, "yes of b")) << "texts are private: only the task may show them";

  const Watcher without_files(results.tasks[0]);
  BenchmarkPage(results, {.tasks = {&without_files}});
  EXPECT_THAT(without_files.seen[0].texts, ::testing::ElementsAre("the texts of b were not kept"));
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
