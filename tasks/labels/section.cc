#include "tasks/labels/section.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/metrics/calibration.h"
#include "core/metrics/confusion.h"
#include "core/metrics/ranked_scores.h"
#include "core/metrics/roc.h"
#include "core/page/format.h"
#include "tasks/labels/columns.h"
#include "tasks/labels/scores.h"

namespace asap {
namespace {

constexpr size_t kMostPoints = 80;  // of a curve: no difference is seen at the size of a figure
constexpr int kMeanPoints = 50;
constexpr size_t kMostLabels = 3;  // that a caption names

PlotLine Roc(const LabelRows& rows) {
  PlotLine line;
  const RankedScores ranked(rows.scores, rows.positive);
  for (const RocPoint& point : RocCurve(ranked, rows.scores, kMostPoints)) {
    line.x.push_back(point.false_positive_rate);
    line.y.push_back(point.true_positive_rate);
  }
  return line;
}

PlotLine PrecisionRecall(const LabelRows& rows) {
  PlotLine line;
  const RankedScores ranked(rows.scores, rows.positive);
  for (const PrecisionRecallPoint& point : PrecisionRecallCurve(ranked, rows.scores, kMostPoints)) {
    line.x.push_back(point.recall);
    line.y.push_back(point.precision);
  }
  return line;
}

PlotLine Reliability(const LabelRows& rows) {
  PlotLine line;
  const WeightedCalibration calibration(rows.scores, rows.positive);
  for (const ReliabilityBin& bin : calibration.Bins()) {
    line.x.push_back(bin.mean_probability);
    line.y.push_back(bin.frequency);
  }
  line.note = absl::StrCat("ECE ", Fixed(calibration.ExpectedError()));
  return line;
}

// The value at `x` of a curve with rising x: between points, or in steps the point at or after `x`.
double ValueAt(const PlotLine& line, double x, bool steps) {
  const auto next = std::lower_bound(line.x.begin(), line.x.end(), x);
  if (next == line.x.end()) return line.y.back();
  const size_t i = next - line.x.begin();
  if (i == 0 || steps || *next == x) return line.y[i];
  const double part = (x - line.x[i - 1]) / (line.x[i] - line.x[i - 1]);
  return line.y[i - 1] + part * (line.y[i] - line.y[i - 1]);
}

// The mean over labels at equal steps of x.
std::optional<PlotLine> MeanLine(const std::vector<std::optional<PlotLine>>& lines, bool steps) {
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
  return mean;
}

// The value of a score that the tables have too.
std::string ValueOf(const std::vector<Score>& scores, absl::string_view metric, absl::string_view label) {
  for (const Score& score : scores) {
    if (score.metric.name == metric && score.label == label) return Fixed(score.statistic({}));
  }
  return "undefined";
}

// A curve for each label where both outcomes occur, after the mean over them where there are several labels. Beside each stands
// the value of `metric`.
LinePlot::Series RankingSeries(const ShownRun& shown, const std::vector<std::string>& labels, const std::vector<Score>& scores,
                               absl::string_view metric, PlotLine (*curve)(const LabelRows&), bool steps) {
  LinePlot::Series series{.name = shown.encoder};
  for (const std::string& label : labels) {
    const LabelRows rows = RowsOfLabel(*shown.cohort, label);
    if (!rows.has_both_classes()) {
      series.lines.push_back(std::nullopt);
      continue;
    }
    series.lines.push_back(curve(rows));
    series.lines.back()->note = ValueOf(scores, metric, labels.size() > 1 ? label : "");
  }
  if (labels.size() > 1) {
    std::optional<PlotLine> mean = MeanLine(series.lines, steps);
    if (mean.has_value()) mean->note = ValueOf(scores, metric, "");
    series.lines.insert(series.lines.begin(), std::move(mean));
  }
  return series;
}

LinePlot::Series ReliabilitySeries(const ShownRun& shown, const std::vector<std::string>& labels) {
  LinePlot::Series series{.name = shown.encoder};
  const auto line = [](const LabelRows& rows) {
    return rows.scores.empty() ? std::nullopt : std::optional<PlotLine>(Reliability(rows));
  };
  if (labels.size() > 1) series.lines.push_back(line(PooledRows(*shown.cohort, labels)));
  for (const std::string& label : labels) series.lines.push_back(line(RowsOfLabel(*shown.cohort, label)));
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

std::vector<std::string> Choices(const std::vector<std::string>& labels, const std::string& of_all) {
  std::vector<std::string> choices = labels;
  if (choices.size() > 1) choices.insert(choices.begin(), absl::StrCat(of_all, " ", choices.size(), " labels"));
  return choices;
}

Table ConfusionTable(const ShownRun& shown, const std::vector<std::string>& labels) {
  const int classes = static_cast<int>(labels.size());
  std::vector<Table::Column> columns = {{"true \\ predicted"}};
  for (const std::string& label : labels) columns.push_back({.title = label, .number = true});
  columns.push_back({.title = "recall", .number = true});
  Table table(absl::StrCat("Confusion matrix of ", shown.encoder, ", cases"), columns);
  const ClassRows rows = RowsOfClasses(*shown.cohort, labels);
  if (rows.truth.empty()) return table;
  const std::vector<double> counts = WeightedMulticlass(rows.predicted, rows.truth, classes).Confusion();
  for (int row = 0; row < classes; ++row) {
    double sum = 0;
    for (int c = 0; c < classes; ++c) sum += counts[row * classes + c];
    std::vector<Html> cells = {Text(labels[row])};
    for (int c = 0; c < classes; ++c) {
      const double count = counts[row * classes + c];
      cells.push_back(Element("span", {{"class", "shade"}, {"style", absl::StrCat("--part:", sum == 0 ? 0 : count / sum)}},
                              Text(absl::StrCat(count))));
    }
    cells.push_back(Text(sum == 0 ? "undefined" : Fixed(counts[row * classes + row] / sum)));
    table.AddRow(cells);
  }
  return table;
}

double NumberAt(const Cohort& cohort, const std::string& column, size_t row) {
  const std::vector<double>* numbers = FindNumbers(cohort, column);
  return numbers == nullptr ? NAN : (*numbers)[row];
}

std::vector<std::string> DescribeClasses(const Cohort& cohort, size_t row, const std::vector<std::string>& classes) {
  std::string truth = "unknown", predicted;
  double highest = -1, of_truth = NAN;
  for (const std::string& name : classes) {
    const double score = NumberAt(cohort, ScoreColumn(name), row);
    if (NumberAt(cohort, TruthColumn(name), row) > 0.5) {
      truth = name;
      of_truth = score;
    }
    if (score > highest) {
      highest = score;
      predicted = name;
    }
  }
  return {absl::StrCat("predicted ", predicted, " ", Fixed(highest, 2)),
          absl::StrCat("true ", truth, " ", std::isnan(of_truth) ? "" : Fixed(of_truth, 2))};
}

}  // namespace

void AddLabelCurves(const ShownTask& shown, const std::vector<std::string>& labels, PageSection& section) {
  LinePlot roc{.x_axis = "false positive rate",
               .y_axis = "true positive rate",
               .x_low = 0,
               .x_high = 1,
               .y_low = 0,
               .y_high = 1,
               .diagonal = true,
               .choices = Choices(labels, "mean of")};
  LinePlot precision{.x_axis = "recall",
                     .y_axis = "precision",
                     .x_low = 0,
                     .x_high = 1,
                     .y_low = 0,
                     .y_high = 1,
                     .between = LinePlot::Between::kAfter,
                     .choices = Choices(labels, "mean of")};
  LinePlot reliability{.x_axis = "predicted probability",
                       .y_axis = "observed frequency",
                       .x_low = 0,
                       .x_high = 1,
                       .y_low = 0,
                       .y_high = 1,
                       .diagonal = true,
                       .points = true,
                       .choices = Choices(labels, "pooled")};
  for (const ShownRun& run : shown.runs) {
    const std::vector<Score> scores = LabelScores(*run.cohort, labels);
    roc.series.push_back(RankingSeries(run, labels, scores, "auroc", Roc, /*steps=*/false));
    precision.series.push_back(RankingSeries(run, labels, scores, "auprc", PrecisionRecall, /*steps=*/true));
    reliability.series.push_back(ReliabilitySeries(run, labels));
  }
  if (HasLines(roc)) section.AddLines("ROC curve, area", InWords(roc), roc);
  if (HasLines(precision)) section.AddLines("Precision and recall, average precision", InWords(precision), precision);
  if (HasLines(reliability)) {
    section.AddLines("Reliability, expected calibration error", InWords(reliability), reliability);
  }
}

void AddCalibration(const ShownTask& shown, const std::vector<std::string>& labels, PageSection& section) {
  Table table(labels.size() > 1 ? "Calibration, all labels pooled" : "Calibration", {{"encoder"},
                                                                                     {.title = "predictions", .number = true},
                                                                                     {.title = "positive", .number = true},
                                                                                     {.title = "expected error", .number = true},
                                                                                     {.title = "greatest error", .number = true},
                                                                                     {.title = "Brier score", .number = true}});
  for (const ShownRun& run : shown.runs) {
    const LabelRows rows = PooledRows(*run.cohort, labels);
    if (rows.scores.empty()) continue;
    const WeightedCalibration calibration(rows.scores, rows.positive);
    table.AddRow({Text(run.encoder), Text(absl::StrCat(rows.scores.size())), Text(absl::StrCat(rows.positives())),
                  Text(Fixed(calibration.ExpectedError())), Text(Fixed(calibration.MaximumError())),
                  Text(Fixed(WeightedBrier(rows.scores, rows.positive)()))});
  }
  section.AddFolded("Calibration", [&](PageSection& inside) { inside.AddTable(table); });
}

void AddCostlyCases(const ShownTask& shown, const std::vector<std::optional<double>>& losses, const DescribeRow& describe,
                    PageSection& section) {
  if (shown.external || shown.most_pictures <= 0) return;
  const ShownRun& run = shown.runs.front();
  std::vector<size_t> costly;
  for (size_t row = 0; row < losses.size(); ++row) {
    if (losses[row].has_value()) costly.push_back(row);
  }
  std::stable_sort(costly.begin(), costly.end(), [&](size_t a, size_t b) { return *losses[a] > *losses[b]; });
  if (costly.size() > static_cast<size_t>(shown.most_pictures)) costly.resize(shown.most_pictures);
  std::vector<PagePicture> pictures;
  for (const size_t row : costly) {
    const std::string& id = run.cohort->rows[row].case_id;
    PagePicture picture{.png = CasePicturePng(shown, id),
                        .alternative = absl::StrCat("slice of case ", id),
                        .title = id,
                        .lines = describe(*run.cohort, row)};
    picture.lines.insert(picture.lines.begin(), absl::StrCat("loss ", Fixed(*losses[row], 2)));
    pictures.push_back(std::move(picture));
  }
  if (pictures.empty()) return;
  section.AddHeading(absl::StrCat("Cases of greatest loss for ", run.encoder, ", with ", Percent(run.run->key.fraction),
                                  " of the training labels, seed ", run.run->key.seed, ": predicted probabilities and truth"));
  section.AddPictures(pictures);
}

std::vector<std::string> DescribeLabels(const Cohort& cohort, size_t row, const std::vector<std::string>& labels) {
  std::vector<std::pair<double, std::string>> errors;
  for (const std::string& label : labels) {
    const double score = NumberAt(cohort, ScoreColumn(label), row), truth = NumberAt(cohort, TruthColumn(label), row);
    if (std::isnan(score) || std::isnan(truth)) continue;
    const bool positive = truth > 0.5;
    errors.push_back(
        {-std::abs(score - positive), absl::StrCat(label, ": ", Fixed(score, 2), ", true ", positive ? "yes" : "no")});
  }
  std::sort(errors.begin(), errors.end());
  std::vector<std::string> lines;
  for (size_t i = 0; i < std::min(errors.size(), kMostLabels); ++i) lines.push_back(errors[i].second);
  return lines;
}

void ShowLabels(const ShownTask& shown, const std::vector<std::string>& labels, PageSection& section) {
  AddLabelCurves(shown, labels, section);
  AddCalibration(shown, labels, section);
  AddCostlyCases(
      shown, LabelLosses(*shown.runs.front().cohort, labels),
      [&](const Cohort& cohort, size_t row) { return DescribeLabels(cohort, row, labels); }, section);
}

void ShowClasses(const ShownTask& shown, const std::vector<std::string>& classes, PageSection& section) {
  AddLabelCurves(shown, classes, section);
  std::vector<Table> matrices;
  for (const ShownRun& run : shown.runs) matrices.push_back(ConfusionTable(run, classes));
  section.AddTablesSideBySide(matrices);
  AddCalibration(shown, classes, section);
  AddCostlyCases(
      shown, ClassLosses(*shown.runs.front().cohort, classes),
      [&](const Cohort& cohort, size_t row) { return DescribeClasses(cohort, row, classes); }, section);
}

}  // namespace asap
