#include "tasks/prognosis/section.h"

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/benchmark/run.h"
#include "core/page/format.h"
#include "core/page/plots.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tasks/prognosis/columns.h"
#include "tasks/prognosis/scores.h"

namespace asap {
namespace {

using ::nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

int Count(const std::string& text, const std::string& part) {
  int count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

const std::vector<std::string>& Horizons() {
  static const auto& horizons = *new std::vector<std::string>{"1_month", "6_month"};
  return horizons;
}

// Rows of rising risk that follow `intervals` and `events`; the horizons' labels are what these say.
Cohort Survival(const std::string& dataset, const std::vector<double>& intervals, const std::vector<double>& events) {
  Cohort cohort{.dataset = dataset};
  const size_t rows = intervals.size();
  for (size_t row = 0; row < rows; ++row) {
    cohort.rows.push_back({.case_id = absl::StrCat(dataset, "_", row), .patient = absl::StrCat("patient-", row)});
  }
  NumbersOf(cohort, TruthColumn(kInterval)) = intervals;
  NumbersOf(cohort, TruthColumn(kEvent)) = events;
  for (size_t row = 0; row < rows; ++row) {
    const double risk = (row + 1.0) / (rows + 1.0);
    NumbersOf(cohort, ScoreColumn(kRisk))[row] = risk;
    for (size_t h = 0; h < Horizons().size(); ++h) {
      NumbersOf(cohort, ScoreColumn(Horizons()[h]))[row] = risk * (h + 1.0) / 2;
      NumbersOf(cohort, TruthColumn(Horizons()[h]))[row] = events[row] > 0.5 && intervals[row] <= h;
    }
  }
  return cohort;
}

// Two of ten rows of lower risk have the event, within the second interval, and four of higher risk, two of them within the
// first.
Cohort ManyRows(const std::string& dataset, int rows) {
  std::vector<double> intervals, events;
  for (int row = 0; row < rows; ++row) {
    const int chance = (row * 7) % 10 + (row > rows / 2 ? 2 : 0);
    events.push_back(chance >= 8);
    intervals.push_back(chance >= 10 ? 0 : 1);
  }
  return Survival(dataset, intervals, events);
}

class SurvivalSectionTest : public ::testing::Test {
 protected:
  void Add(const std::string& encoder, Cohort cohort) {
    runs_.push_back(std::make_unique<asap::Run>());
    runs_.back()->key = {.encoder = encoder};
    runs_.back()->result.test = std::move(cohort);
    shown_.runs.push_back({encoder, runs_.back().get(), &runs_.back()->result.test, ""});
  }
  std::string Code() const { return section_.Render().code; }
  json Drawn() const { return json::parse(plots_.Data()); }

  const TaskSpec spec_{.name = "t/d", .dataset = "d"};
  std::vector<std::unique_ptr<asap::Run>> runs_;  // tests have a Run of their own
  ShownTask shown_{.spec = spec_, .cohort = "d", .most_pictures = 3};
  Plots plots_;
  PageSection section_{&plots_};
};

TEST_F(SurvivalSectionTest, EachEncoderHasItsCurvesAndNumbersAtRisk) {
  Add("first", ManyRows("d", 90));
  Add("second", ManyRows("d", 90));
  ShowSurvival(shown_, Horizons(), section_);
  const std::string code = Code();
  EXPECT_EQ(Count(code, "<figcaption>Kaplan\u2013Meier by risk from "), 2);
  EXPECT_THAT(code, HasSubstr("<figcaption>Kaplan\u2013Meier by risk from first, log-rank p "));
  EXPECT_EQ(Count(code, "Numbers at risk"), 1) << "one table of all encoders";
  for (const char* group : {"low risk", "middle risk", "high risk"}) {
    EXPECT_EQ(Count(code, absl::StrCat("<td>", group, "</td>")), 2) << group;
  }
  EXPECT_EQ(Count(code, "<small>\u03c7\u00b2 "), 2) << "the test, once for each encoder";
  EXPECT_THAT(code, Not(HasSubstr("Confusion matrix")));
  EXPECT_THAT(code, Not(HasSubstr("patient-")));

  const json plots = Drawn();
  ASSERT_EQ(plots.size(), 5) << "ROC, precision and recall, reliability, and curves of two encoders";
  const json& curves = plots[3];
  ASSERT_EQ(curves["series"].size(), 3);
  EXPECT_EQ(curves["steps"], "before");
  EXPECT_EQ(curves["ticks"], json::parse(R"([[0.0, "0"], [1.0, "1 month"], [2.0, "6 month"]])"));
  EXPECT_EQ(curves["series"][0]["lines"][0]["note"], "n = 30");
  EXPECT_EQ(curves["series"][0]["lines"][0]["y"][0], 1);
  EXPECT_GT(curves["series"][0]["lines"][0]["y"].back(), curves["series"][2]["lines"][0]["y"].back()) << "low risk, high risk";
}

TEST_F(SurvivalSectionTest, PlotAndTableReadTheSameFunction) {
  Add("e", ManyRows("d", 90));
  ShowSurvival(shown_, Horizons(), section_);
  const json roc = Drawn()[0];
  EXPECT_EQ(roc["choices"].size(), 3);
  int compared = 0;
  for (const Score& score : SurvivalScores(*shown_.runs[0].cohort, Horizons())) {
    if (score.metric.name != "auroc") continue;
    const size_t choice = score.label.empty() ? 0 : score.label == Horizons()[0] ? 1 : 2;
    EXPECT_EQ(roc["series"][0]["lines"][choice]["note"], Fixed(score.statistic({}))) << score.label;
    ++compared;
  }
  EXPECT_EQ(compared, 3);
}

// Two of four have the event, those of higher risk: one in each interval.
TEST_F(SurvivalSectionTest, AFewRowsMakeHalvesOfWhichEveryNumberIsKnown) {
  Add("e", Survival("d", {1, 1, 1, 0}, {0, 0, 1, 1}));
  ShowSurvival(shown_, Horizons(), section_);
  const std::string code = Code();
  EXPECT_THAT(code,
              HasSubstr("<td>lower risk</td><td class=\"number\">0 of 2</td><td class=\"number\">2 <small>1.000</small></td>"
                        "<td class=\"number\">2 <small>1.000</small></td><td class=\"number\">2 <small>1.000</small></td>"));
  EXPECT_THAT(code, HasSubstr("<td>higher risk</td><td class=\"number\">2 of 2</td><td class=\"number\">2 <small>1.000</small>"
                              "</td><td class=\"number\">2 <small>0.500</small></td><td class=\"number\">1 <small>0.000</small>"
                              "</td>"));
  EXPECT_THAT(code, HasSubstr("aria-label=\"Kaplan\u2013Meier by risk from e, log-rank p = "));
  EXPECT_THAT(code, HasSubstr("lower risk 1.000 event-free at the end; higher risk 0.000 event-free at the end"));
}

TEST_F(SurvivalSectionTest, WithoutEventsTheTestIsUndefined) {
  Add("e", Survival("d", {1, 1, 1, 1}, {0, 0, 0, 0}));
  ShowSurvival(shown_, Horizons(), section_);
  EXPECT_THAT(Code(), HasSubstr("Kaplan\u2013Meier by risk from e, log-rank test undefined"));
  EXPECT_EQ(plots_.size(), 2) << "reliability and survival; no curves of labels with one outcome alone";
}

TEST_F(SurvivalSectionTest, RowsWithoutATimeDoNotHideTheOthers) {
  Cohort cohort = Survival("d", {1, 1, 1, 0}, {0, 0, 1, 1});
  cohort.numbers[TruthColumn(kInterval)][0] = NAN;
  Add("e", std::move(cohort));
  ShowSurvival(shown_, Horizons(), section_);
  EXPECT_THAT(Code(), HasSubstr("<td>lower risk</td><td class=\"number\">1 of 2</td>"));
}

TEST_F(SurvivalSectionTest, PicturesAreOfTheDatasetThatTheTaskTrainsOn) {
  std::vector<std::string> asked;
  shown_.picture = [&asked](const std::string& dataset, const std::string& case_id) -> absl::StatusOr<RgbImage> {
    asked.push_back(absl::StrCat(dataset, " ", case_id));
    return RgbImage(4, 3, {200, 100, 0});
  };
  // The case of highest risk is free of the event.
  Add("e", Survival("d", {1, 1, 0, 1}, {0, 0, 1, 0}));
  ShowSurvival(shown_, Horizons(), section_);
  ASSERT_THAT(asked, SizeIs(3));
  EXPECT_EQ(asked[0], "d d_3");
  EXPECT_EQ(Count(Code(), "<img alt=\"slice of case d_"), 3);
  EXPECT_THAT(Code(), HasSubstr("6_month: 0.80, true no"));

  asked.clear();
  shown_.external = true;
  PageSection external(&plots_);
  ShowSurvival(shown_, Horizons(), external);
  EXPECT_THAT(asked, IsEmpty());
  EXPECT_THAT(external.Render().code, HasSubstr("Numbers at risk"));
}

}  // namespace
}  // namespace asap
