#include "tasks/labels/section.h"

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/benchmark/run.h"
#include "core/page/format.h"
#include "core/page/plots.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tasks/labels/columns.h"
#include "tasks/labels/scores.h"

namespace asap {
namespace {

using ::nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kAwkward[] = "a<b & \"c\"";
constexpr char kEscaped[] = "a&lt;b &amp; &quot;c&quot;";

int Count(const std::string& text, const std::string& part) {
  int count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

Cohort Rows(const std::string& dataset, int rows) {
  Cohort cohort{.dataset = dataset};
  for (int row = 0; row < rows; ++row) {
    cohort.rows.push_back({.case_id = absl::StrCat(dataset, "_", row), .patient = absl::StrCat("patient-", row)});
  }
  return cohort;
}

// Scores that go with the truth as far as `skill` in [0, 1] says, for three rows in ten positive; the rest of each looks random.
void AddLabel(const std::string& label, double skill, int phase, Cohort& cohort) {
  std::vector<double>&scores = NumbersOf(cohort, ScoreColumn(label)), &truth = NumbersOf(cohort, TruthColumn(label));
  for (size_t row = 0; row < scores.size(); ++row) {
    const bool positive = (row * 7 + phase) % 10 < 3;
    const double noise = 0.5 + 0.5 * std::sin(12.9898 * static_cast<double>(row) + phase);
    scores[row] = skill * (positive ? 0.7 : 0.3) + (1 - skill) * noise;
    if (row % 9 != 4) truth[row] = positive;
  }
}

// What a section makes of cohorts, one an encoder.
class LabelSectionTest : public ::testing::Test {
 protected:
  void Add(const std::string& encoder, Cohort cohort) {
    runs_.push_back(std::make_unique<asap::Run>());
    runs_.back()->key = {.encoder = encoder, .fraction = 10, .seed = 2};
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

std::string ValueOf(const std::vector<Score>& scores, const std::string& metric, const std::string& label) {
  for (const Score& score : scores) {
    if (score.metric.name == metric && score.label == label) return Fixed(score.statistic({}));
  }
  return absl::StrCat("no ", metric, " of ", label);
}

// The area under the points of a drawn line, by trapezoids.
double AreaOf(const json& line) {
  double area = 0;
  for (size_t i = 1; i < line["x"].size(); ++i) {
    area += (line["x"][i].get<double>() - line["x"][i - 1].get<double>()) *
            (line["y"][i].get<double>() + line["y"][i - 1].get<double>()) / 2;
  }
  return area;
}

// A reader sees a number beside a curve and one in a table: they are one number.
TEST_F(LabelSectionTest, PlotAndTableReadTheSameFunction) {
  const std::vector<std::string> labels = {"a", "never", "b"};
  for (const auto& [encoder, skill] : {std::pair("good", 0.6), {"poor", 0.1}}) {
    Cohort cohort = Rows("d", 200);
    AddLabel("a", skill, 1, cohort);
    AddLabel("b", skill / 2, 4, cohort);
    AddLabel("never", skill, 2, cohort);
    for (double& truth : NumbersOf(cohort, TruthColumn("never"))) truth = 0;
    Add(encoder, std::move(cohort));
  }
  ShowLabels(shown_, labels, section_);
  const json plots = Drawn();
  ASSERT_EQ(plots.size(), 3);
  const json &roc = plots[0], &precision = plots[1], &reliability = plots[2];
  EXPECT_EQ(roc["choices"], json::array({"mean of 3 labels", "a", "never", "b"}));
  EXPECT_EQ(precision["choices"], roc["choices"]);
  EXPECT_EQ(reliability["choices"], json::array({"pooled 3 labels", "a", "never", "b"}));
  for (size_t e = 0; e < 2; ++e) {
    const Cohort& cohort = *shown_.runs[e].cohort;
    const std::vector<Score> scores = LabelScores(cohort, labels);
    const json &areas = roc["series"][e]["lines"], &means = precision["series"][e]["lines"],
               &bins = reliability["series"][e]["lines"];
    ASSERT_EQ(areas.size(), 4);
    EXPECT_EQ(areas[0]["note"], ValueOf(scores, "auroc", ""));
    EXPECT_EQ(means[0]["note"], ValueOf(scores, "auprc", ""));
    for (const auto& [choice, label] : {std::pair(1, "a"), {3, "b"}}) {
      EXPECT_EQ(areas[choice]["note"], ValueOf(scores, "auroc", label));
      EXPECT_EQ(means[choice]["note"], ValueOf(scores, "auprc", label));
      EXPECT_EQ(bins[choice]["note"], absl::StrCat("ECE ", ValueOf(scores, "ece", label)));
      // Curves are thinned to what is seen at their size.
      EXPECT_NEAR(AreaOf(areas[choice]), *AurocOf(RowsOfLabel(cohort, label)).statistic({}), 5e-3) << label;
      EXPECT_LE(areas[choice]["x"].size(), 80);
    }
    EXPECT_TRUE(areas[2].is_null()) << "one outcome alone";
    EXPECT_TRUE(means[2].is_null());
    EXPECT_FALSE(bins[2].is_null()) << "probabilities of what never happens can be held against it";
  }
  EXPECT_NE(roc["series"][0]["lines"][0]["note"], roc["series"][1]["lines"][0]["note"]) << "of each encoder its own";
  EXPECT_THAT(Code(), HasSubstr(absl::StrCat("aria-label=\"ROC curve, area. good ",
                                             ValueOf(LabelScores(*shown_.runs[0].cohort, labels), "auroc", ""), ", poor ")));
  EXPECT_THAT(Code(), HasSubstr("<caption>Calibration, all labels pooled</caption>"));
  EXPECT_TRUE(section_.has_choices());
  EXPECT_THAT(Code(), Not(HasSubstr("Confusion matrix")));
}

TEST_F(LabelSectionTest, OneLabelHasItsCurveAlone) {
  Cohort cohort = Rows("d", 100);
  AddLabel("a", 0.5, 1, cohort);
  Add("e", std::move(cohort));
  ShowLabels(shown_, {"a"}, section_);
  const json plots = Drawn();
  ASSERT_EQ(plots.size(), 3);
  for (const json& plot : plots) {
    EXPECT_EQ(plot["choices"], json::array({"a"}));
    EXPECT_EQ(plot["series"][0]["lines"].size(), 1);
  }
  const std::vector<Score> scores = LabelScores(*shown_.runs[0].cohort, {"a"});
  EXPECT_EQ(plots[0]["series"][0]["lines"][0]["note"], ValueOf(scores, "auroc", ""));
  EXPECT_EQ(plots[1]["series"][0]["lines"][0]["note"], ValueOf(scores, "auprc", ""));
  EXPECT_EQ(plots[2]["series"][0]["lines"][0]["note"], absl::StrCat("ECE ", ValueOf(scores, "ece", "")));
  EXPECT_FALSE(section_.has_choices());
  // The same numbers as in the table of scores: 100 rows of which 11 are unknown.
  EXPECT_THAT(Code(), HasSubstr("<summary>Calibration</summary>"));
  EXPECT_THAT(Code(), HasSubstr("<td class=\"number\">89</td>"));
  EXPECT_THAT(Code(), HasSubstr(absl::StrCat("<td class=\"number\">", ValueOf(scores, "ece", ""), "</td>")));
  EXPECT_THAT(Code(), HasSubstr(absl::StrCat("<td class=\"number\">", ValueOf(scores, "brier", ""), "</td>")));
}

TEST_F(LabelSectionTest, WithoutKnownLabelsThereIsNothing) {
  Add("e", Rows("d", 5));
  ShowLabels(shown_, {"a", "b"}, section_);
  ShowClasses(shown_, {"a", "b"}, section_);
  EXPECT_TRUE(section_.empty()) << Code();
  EXPECT_EQ(plots_.size(), 0);
}

TEST_F(LabelSectionTest, AnExternalDatasetMayNameItsLabelsOtherwise) {
  Cohort cohort = Rows("elsewhere", 50);
  AddLabel("severity", 0.5, 1, cohort);
  Add("e", std::move(cohort));
  shown_.cohort = "elsewhere";
  shown_.external = true;
  ShowLabels(shown_, {"severity"}, section_);
  EXPECT_EQ(Count(Code(), "<canvas "), 3) << "ROC, precision-recall, reliability";
  EXPECT_EQ(Drawn()[0]["series"][0]["lines"][0]["note"], ValueOf(LabelScores(*shown_.runs[0].cohort, {"severity"}), "auroc", ""));
  EXPECT_THAT(Code(), Not(HasSubstr("greatest loss"))) << "pictures are of the task's own dataset";
}

// Three classes, each true of one of four rows in turn, the fourth without a truth; predictions are right but for the last three.
Cohort Classes() {
  Cohort cohort = Rows("d", 24);
  const std::vector<std::string> classes = {"x", kAwkward, "z"};
  for (size_t row = 0; row < 24; ++row) {
    const size_t truth = row % 4, predicted = row < 20 ? truth % 3 : (truth + 1) % 3;
    for (size_t c = 0; c < 3; ++c) {
      NumbersOf(cohort, ScoreColumn(classes[c]))[row] = c == predicted ? 0.8 - 0.01 * static_cast<double>(row) : 0.1;
      if (truth < 3) NumbersOf(cohort, TruthColumn(classes[c]))[row] = c == truth;
    }
  }
  return cohort;
}

TEST_F(LabelSectionTest, ClassesHaveAConfusionMatrixOfEachEncoder) {
  Add("first", Classes());
  Add("second", Classes());
  const std::vector<std::string> classes = {"x", kAwkward, "z"};
  ShowClasses(shown_, classes, section_);
  const std::string code = Code();
  EXPECT_EQ(Count(code, "<caption>Confusion matrix of "), 2);
  EXPECT_EQ(Count(code, "<div class=\"columns\">"), 1) << "side by side";
  EXPECT_THAT(code, HasSubstr("<caption>Confusion matrix of first, cases</caption>"));
  // Five right of six, and one taken for the next class.
  EXPECT_EQ(Count(code, ">5</span></td>"), 6);
  EXPECT_EQ(Count(code, ">1</span></td>"), 6);
  EXPECT_EQ(Count(code, "<td class=\"number\">0.833</td>"), 6) << "recall";
  EXPECT_THAT(code, HasSubstr("style=\"--part:0.8"));
  EXPECT_THAT(code, Not(HasSubstr(kAwkward)));
  EXPECT_THAT(code, HasSubstr(kEscaped));
  const std::vector<Score> scores = ClassScores(*shown_.runs[0].cohort, classes);
  const json roc = Drawn()[0];
  EXPECT_EQ(roc["series"][0]["lines"][0]["note"], ValueOf(scores, "auroc", ""));
  for (size_t c = 0; c < 3; ++c) {
    EXPECT_EQ(roc["series"][0]["lines"][c + 1]["note"], ValueOf(scores, "auroc", classes[c]));
  }
}

class CostlyCasesTest : public LabelSectionTest {
 protected:
  // Of five rows the costliest is 3 (sure and wrong), then 1, then 0; nothing is known of 4.
  void SetUp() override {
    Cohort cohort = Rows("d", 5);
    NumbersOf(cohort, ScoreColumn("a")) = {0.6, 0.3, 0.9, 0.01, 0.5};
    NumbersOf(cohort, TruthColumn("a")) = {1, 1, 1, 1, NAN};
    Add("ours", std::move(cohort));
    Add("other", Classes());
    shown_.picture = [this](const std::string& dataset, const std::string& case_id) -> absl::StatusOr<RgbImage> {
      asked_.push_back(absl::StrCat(dataset, " ", case_id));
      if (asked_.size() == 2) return absl::NotFoundError("no such case");
      return RgbImage(4, 3, {200, 100, 0});
    };
  }
  std::vector<std::string> asked_;
};

TEST_F(CostlyCasesTest, ComeAsPicturesOfTheFirstEncoder) {
  ShowLabels(shown_, {"a"}, section_);
  EXPECT_THAT(asked_, ElementsAre("d d_3", "d d_1", "d d_0"));
  const std::string code = Code();
  EXPECT_THAT(code, HasSubstr("<h4>Cases of greatest loss for ours, with 10\u00a0% of the training labels, seed 2: predicted "
                              "probabilities and truth</h4>"));
  EXPECT_EQ(Count(code, "width=\"4\" height=\"3\" src=\"data:image/png;base64,iVBOR"), 2);
  EXPECT_EQ(Count(code, "no picture"), 1) << "of the second";
  EXPECT_THAT(code, HasSubstr("alt=\"slice of case d_3\""));
  EXPECT_THAT(code, HasSubstr("<b>d_3</b>loss 4.61<br>a: 0.01, true yes</figcaption>"));
  EXPECT_THAT(code, Not(HasSubstr("patient-")));
}

TEST_F(CostlyCasesTest, AreAsManyAsAreWantedAndKnown) {
  shown_.most_pictures = 10;
  ShowLabels(shown_, {"a"}, section_);
  EXPECT_EQ(asked_.size(), 4) << "nothing is known of the fifth";
  asked_.clear();
  shown_.most_pictures = 0;
  PageSection none(&plots_);
  ShowLabels(shown_, {"a"}, none);
  EXPECT_THAT(none.Render().code, Not(HasSubstr("greatest loss")));
  EXPECT_THAT(asked_, IsEmpty());
}

TEST_F(CostlyCasesTest, AreNotOfAnExternalCohort) {
  shown_.external = true;
  ShowLabels(shown_, {"a"}, section_);
  EXPECT_THAT(asked_, IsEmpty());
  EXPECT_THAT(Code(), Not(HasSubstr("greatest loss")));
}

TEST_F(CostlyCasesTest, AreListedWhereThereAreNoPictures) {
  shown_.picture = nullptr;
  ShowLabels(shown_, {"a"}, section_);
  EXPECT_EQ(Count(Code(), "<figure><figcaption><b>d_"), 3);
  EXPECT_THAT(Code(), Not(HasSubstr("no picture")));
}

TEST_F(CostlyCasesTest, OfClassesSayWhatWasPredictedAndWhatIsTrue) {
  std::swap(shown_.runs[0], shown_.runs[1]);
  ShowClasses(shown_, {"x", kAwkward, "z"}, section_);
  // Rows 20 to 22 are wrong, with equal losses.
  EXPECT_THAT(asked_, ElementsAre("d d_20", "d d_21", "d d_22"));
  EXPECT_THAT(Code(),
              HasSubstr(absl::StrCat("<b>d_20</b>loss 2.30<br>predicted ", kEscaped, " 0.60<br>true x 0.10</figcaption>")));
}

TEST_F(CostlyCasesTest, NameTheLabelsThatCostMost) {
  Cohort cohort = Rows("d", 1);
  const std::vector<std::string> labels = {"a", "b", "c", "d", "unknown"};
  const std::vector<double> scores = {0.5, 0.9, 0.2, 0.7, 0.9};
  for (size_t l = 0; l < labels.size(); ++l) {
    NumbersOf(cohort, ScoreColumn(labels[l]))[0] = scores[l];
    if (l < 4) NumbersOf(cohort, TruthColumn(labels[l]))[0] = 0;
  }
  EXPECT_THAT(DescribeLabels(cohort, 0, labels), ElementsAre("b: 0.90, true no", "d: 0.70, true no", "a: 0.50, true no"));
}

}  // namespace
}  // namespace asap
