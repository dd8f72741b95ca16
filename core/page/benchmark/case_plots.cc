#include "core/page/benchmark/case_plots.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/metrics/auroc.h"
#include "core/metrics/average_precision.h"
#include "core/metrics/calibration.h"
#include "core/metrics/confusion.h"
#include "core/metrics/ranked_scores.h"
#include "core/metrics/roc.h"
#include "core/page/benchmark/case_scores.h"
#include "core/page/benchmark/survival_plots.h"
#include "core/page/format.h"

namespace asap {
namespace {

constexpr size_t kMostPoints = 80;  // of a curve: no difference is seen at the size of a figure
constexpr int kMeanPoints = 50;

struct EncoderCases {
  std::string encoder;
  Cohort cohort;  // with probabilities
};

// `task` as the cohort has it.
std::vector<EncoderCases> CasesOfEncoders(const BenchmarkResults& results, const TaskSpec& task, const std::string& name) {
  std::vector<EncoderCases> all;
  for (const Measured& encoder : results.encoders) {
    const Run* run = DrawnRun(results, task.name, encoder.name);
    const Cohort* cohort = run == nullptr ? nullptr : CohortOf(*run, name);
    if (cohort != nullptr && !cohort->cases.empty()) all.push_back({encoder.name, WithProbabilities(task, *cohort)});
  }
  return all;
}

// The task as the first encoder's cases of the cohort have it.
TaskSpec OnCohort(const BenchmarkResults& results, const TaskSpec& task, const std::string& name) {
  for (const Measured& encoder : results.encoders) {
    const Run* run = DrawnRun(results, task.name, encoder.name);
    const Cohort* cohort = run == nullptr ? nullptr : CohortOf(*run, name);
    if (cohort != nullptr && !cohort->cases.empty()) return TaskOnCohort(task, *cohort);
  }
  return task;
}

PlotLine Roc(const LabelCases& cases) {
  PlotLine line;
  const RankedScores ranked(cases.scores, cases.positive);
  for (const RocPoint& point : RocCurve(ranked, cases.scores, kMostPoints)) {
    line.x.push_back(point.false_positive_rate);
    line.y.push_back(point.true_positive_rate);
  }
  line.note = Fixed(Auroc(cases.scores, cases.positive));
  return line;
}

PlotLine PrecisionRecall(const LabelCases& cases) {
  PlotLine line;
  const RankedScores ranked(cases.scores, cases.positive);
  for (const PrecisionRecallPoint& point : PrecisionRecallCurve(ranked, cases.scores, kMostPoints)) {
    line.x.push_back(point.recall);
    line.y.push_back(point.precision);
  }
  line.note = Fixed(WeightedAveragePrecision(cases.scores, cases.positive)());
  return line;
}

PlotLine Reliability(const LabelCases& cases) {
  PlotLine line;
  const WeightedCalibration calibration(cases.scores, cases.positive);
  for (const ReliabilityBin& bin : calibration.Bins()) {
    line.x.push_back(bin.mean_probability);
    line.y.push_back(bin.frequency);
  }
  line.note = absl::StrCat("ECE ", Fixed(calibration.ExpectedError()));
  return line;
}

// Of a curve with rising x: between points, or in steps the point at or after `x`.
double ValueAt(const PlotLine& line, double x, bool steps) {
  const auto next = std::lower_bound(line.x.begin(), line.x.end(), x);
  if (next == line.x.end()) return line.y.back();
  const size_t i = next - line.x.begin();
  if (i == 0 || steps || *next == x) return line.y[i];
  const double part = (x - line.x[i - 1]) / (line.x[i] - line.x[i - 1]);
  return line.y[i - 1] + part * (line.y[i] - line.y[i - 1]);
}

// The mean over labels at equal steps of x; its note is the mean of the areas.
std::optional<PlotLine> MeanLine(const std::vector<std::optional<PlotLine>>& lines, double mean_area, bool steps) {
  PlotLine mean;
  for (int i = 0; i <= kMeanPoints; ++i) {
    const double x = static_cast<double>(i) / kMeanPoints;
    double sum = 0, count = 0;
    for (const std::optional<PlotLine>& line : lines) {
      if (!line.has_value() || line->x.empty()) continue;
      sum += ValueAt(*line, x, steps);
      ++count;
    }
    if (count == 0) return std::nullopt;
    if (i == 0 && !steps) {  // rises within the first step
      mean.x.push_back(0);
      mean.y.push_back(0);
    }
    mean.x.push_back(x);
    mean.y.push_back(sum / count);
  }
  mean.note = Fixed(mean_area);
  return mean;
}

using Curve = PlotLine (*)(const LabelCases&);
using Area = std::optional<double> (*)(const LabelCases&);

std::optional<double> AurocOf(const LabelCases& cases) { return Auroc(cases.scores, cases.positive); }
std::optional<double> PrecisionOf(const LabelCases& cases) { return WeightedAveragePrecision(cases.scores, cases.positive)(); }

// A curve for each label where both outcomes occur, after the mean over them where there are several labels.
LinePlot::Series RankingSeries(const TaskSpec& task, const EncoderCases& of, Curve curve, Area area, bool steps) {
  LinePlot::Series series{.name = of.encoder};
  double sum = 0, count = 0;
  for (const std::string& label : task.labels) {
    const LabelCases cases = CasesOf(of.cohort, label);
    if (!cases.has_both_classes()) {
      series.lines.push_back(std::nullopt);
      continue;
    }
    series.lines.push_back(curve(cases));
    sum += area(cases).value_or(0);
    ++count;
  }
  if (task.labels.size() > 1) {
    series.lines.insert(series.lines.begin(), MeanLine(series.lines, count == 0 ? 0 : sum / count, steps));
  }
  return series;
}

LinePlot::Series ReliabilitySeries(const TaskSpec& task, const EncoderCases& of) {
  LinePlot::Series series{.name = of.encoder};
  const auto line = [](const LabelCases& cases) {
    return cases.scores.empty() ? std::nullopt : std::optional<PlotLine>(Reliability(cases));
  };
  if (task.labels.size() > 1) series.lines.push_back(line(PooledCases(of.cohort, task.labels)));
  for (const std::string& label : task.labels) series.lines.push_back(line(CasesOf(of.cohort, label)));
  return series;
}

// "asap 0.812, random 0.700" of the first choice.
std::string InWords(const LinePlot& plot) {
  std::vector<std::string> parts;
  for (const LinePlot::Series& series : plot.series) {
    const std::optional<PlotLine>& line = series.lines.front();
    parts.push_back(absl::StrCat(series.name, " ", line.has_value() ? line->note : "undefined"));
  }
  return absl::StrJoin(parts, ", ");
}

bool HasLines(const LinePlot& plot) {
  for (const LinePlot::Series& series : plot.series) {
    for (const std::optional<PlotLine>& line : series.lines) {
      if (line.has_value() && !line->x.empty()) return true;
    }
  }
  return false;
}

std::vector<std::string> Choices(const TaskSpec& task, const std::string& of_all) {
  std::vector<std::string> choices = task.labels;
  if (choices.size() > 1) choices.insert(choices.begin(), absl::StrCat(of_all, " ", choices.size(), " labels"));
  return choices;
}

Html ConfusionTable(const TaskSpec& task, const EncoderCases& of) {
  const int classes = static_cast<int>(task.labels.size());
  const ClassCases cases = ClassesOf(task, of.cohort);
  if (cases.truth.empty()) return {};
  const std::vector<double> counts = WeightedMulticlass(cases.predicted, cases.truth, classes).Confusion();
  std::vector<Table::Column> columns = {{"true \\ predicted"}};
  for (const std::string& label : task.labels) columns.push_back({.title = label, .number = true});
  columns.push_back({.title = "recall", .number = true});
  Table table(absl::StrCat("Confusion matrix of ", of.encoder, ", cases"), columns);
  for (int row = 0; row < classes; ++row) {
    double sum = 0;
    for (int c = 0; c < classes; ++c) sum += counts[row * classes + c];
    std::vector<Html> cells = {Text(task.labels[row])};
    for (int c = 0; c < classes; ++c) {
      const double count = counts[row * classes + c];
      cells.push_back(Element("span", {{"class", "shade"}, {"style", absl::StrCat("--part:", sum == 0 ? 0 : count / sum)}},
                              Text(absl::StrCat(count))));
    }
    cells.push_back(Text(sum == 0 ? "undefined" : Fixed(counts[row * classes + row] / sum)));
    table.AddRow(cells);
  }
  return table.Render();
}

}  // namespace

Html CasePlots(const BenchmarkResults& results, const TaskSpec& of_task, const std::string& cohort, Plots* plots) {
  const TaskSpec task = OnCohort(results, of_task, cohort);
  LinePlot roc{.x_axis = "false positive rate",
               .y_axis = "true positive rate",
               .x_low = 0,
               .x_high = 1,
               .y_low = 0,
               .y_high = 1,
               .diagonal = true,
               .choices = Choices(task, "mean of")};
  LinePlot precision{.x_axis = "recall",
                     .y_axis = "precision",
                     .x_low = 0,
                     .x_high = 1,
                     .y_low = 0,
                     .y_high = 1,
                     .between = LinePlot::Between::kAfter,
                     .choices = Choices(task, "mean of")};
  LinePlot reliability{.x_axis = "predicted probability",
                       .y_axis = "observed frequency",
                       .x_low = 0,
                       .x_high = 1,
                       .y_low = 0,
                       .y_high = 1,
                       .diagonal = true,
                       .points = true,
                       .choices = Choices(task, "pooled")};
  for (const EncoderCases& of : CasesOfEncoders(results, task, cohort)) {
    roc.series.push_back(RankingSeries(task, of, Roc, AurocOf, /*steps=*/false));
    precision.series.push_back(RankingSeries(task, of, PrecisionRecall, PrecisionOf, /*steps=*/true));
    reliability.series.push_back(ReliabilitySeries(task, of));
  }
  Html figures;
  if (HasLines(roc)) figures += plots->Add("ROC curve, area", InWords(roc), roc);
  if (HasLines(precision)) figures += plots->Add("Precision and recall, average precision", InWords(precision), precision);
  if (HasLines(reliability)) figures += plots->Add("Reliability, expected calibration error", InWords(reliability), reliability);
  if (task.outcome != Outcome::kSurvival) return figures;
  for (const EncoderCases& of : CasesOfEncoders(results, task, cohort)) {
    figures += SurvivalPlot(task, of.encoder, of.cohort, plots);
  }
  return figures;
}

Html CaseTables(const BenchmarkResults& results, const TaskSpec& of_task, const std::string& cohort) {
  const TaskSpec task = OnCohort(results, of_task, cohort);
  Html matrices;
  std::vector<std::pair<std::string, Cohort>> survival;
  for (const EncoderCases& of : CasesOfEncoders(results, task, cohort)) {
    if (task.outcome == Outcome::kMulticlass) matrices += ConfusionTable(task, of);
    if (task.outcome == Outcome::kSurvival) survival.push_back({of.encoder, of.cohort});
  }
  if (!survival.empty()) return SurvivalTable(task, survival);
  return matrices.code.empty() ? matrices : Element("div", {{"class", "columns"}}, matrices);
}

Html CalibrationTable(const BenchmarkResults& results, const TaskSpec& of_task, const std::string& cohort) {
  const TaskSpec task = OnCohort(results, of_task, cohort);
  Table table(task.labels.size() > 1 ? "Calibration, all labels pooled" : "Calibration",
              {{"encoder"},
               {.title = "predictions", .number = true},
               {.title = "positive", .number = true},
               {.title = "expected error", .number = true},
               {.title = "greatest error", .number = true},
               {.title = "Brier score", .number = true}});
  for (const EncoderCases& of : CasesOfEncoders(results, task, cohort)) {
    const LabelCases cases = PooledCases(of.cohort, task.labels);
    if (cases.scores.empty()) continue;
    const WeightedCalibration calibration(cases.scores, cases.positive);
    table.AddRow({Text(of.encoder), Text(absl::StrCat(cases.scores.size())), Text(absl::StrCat(cases.positives())),
                  Text(Fixed(calibration.ExpectedError())), Text(Fixed(calibration.MaximumError())),
                  Text(Fixed(WeightedBrier(cases.scores, cases.positive)()))});
  }
  return table.empty() ? Html{} : table.Render();
}

}  // namespace asap
