#include "core/report/benchmark/task_section.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/report/benchmark/case_plots.h"
#include "core/report/benchmark/format.h"
#include "core/report/benchmark/headline.h"

namespace asap {
namespace {

const ScoreRow* FindScore(const BenchmarkResults& results, const std::string& task, const std::string& cohort, double fraction,
                          const std::string& encoder, const std::string& metric, const std::string& label) {
  for (const ScoreRow& score : results.scores) {
    if (score.task == task && score.cohort == cohort && score.fraction == fraction && score.encoder == encoder &&
        score.metric == metric && score.label == label) {
      return &score;
    }
  }
  return nullptr;
}

std::vector<std::string> CohortsOf(const BenchmarkResults& results, const TaskSpec& task) {
  std::vector<std::string> cohorts = {task.dataset};
  for (const ScoreRow& score : results.scores) {
    if (score.task == task.name && std::find(cohorts.begin(), cohorts.end(), score.cohort) == cohorts.end()) {
      cohorts.push_back(score.cohort);
    }
  }
  return cohorts;
}

std::set<double> FractionsOf(const BenchmarkResults& results, const std::string& task) {
  std::set<double> fractions;
  for (const ScoreRow& score : results.scores) {
    if (score.task == task) fractions.insert(score.fraction);
  }
  return fractions;
}

// The metric that labels have: the headline's where it has any, else the first.
std::string LabelMetric(const BenchmarkResults& results, const TaskSpec& task) {
  std::string first;
  for (const ScoreRow& score : results.scores) {
    if (score.task != task.name || score.label.empty()) continue;
    if (score.metric == task.headline) return score.metric;
    if (first.empty()) first = score.metric;
  }
  return first;
}

Html LabelBars(const BenchmarkResults& results, const TaskSpec& task, const std::string& cohort, double fraction, Plots* plots) {
  const std::string metric = LabelMetric(results, task);
  BarPlot plot{.axis = MetricName(metric), .labels = task.labels};
  if (metric == "auroc") plot.reference = 0.5;
  std::vector<std::string> words;
  for (const Measured& encoder : results.encoders) {
    BarPlot::Series series{.name = encoder.name};
    double sum = 0, count = 0;
    for (const std::string& label : task.labels) {
      const ScoreRow* score = FindScore(results, task.name, cohort, fraction, encoder.name, metric, label);
      series.values.push_back(score == nullptr ? std::nullopt : score->value);
      series.low.push_back(score == nullptr ? std::nullopt : score->low);
      series.high.push_back(score == nullptr ? std::nullopt : score->high);
      sum += series.values.back().value_or(0);
      count += series.values.back().has_value();
    }
    if (count == 0) continue;
    words.push_back(absl::StrCat(encoder.name, ": mean ", Fixed(sum / count), " over ", count, " labels"));
    plot.series.push_back(std::move(series));
  }
  if (plot.series.empty()) return {};
  return plots->Add(absl::StrCat(MetricName(metric), " of each label, 95\u00a0% interval"), absl::StrJoin(words, "; "), plot);
}

Html Efficiency(const BenchmarkResults& results, const TaskSpec& task, const std::string& cohort, Plots* plots) {
  const std::set<double> fractions = FractionsOf(results, task.name);
  if (fractions.size() < 2) return {};
  LinePlot plot{.x_axis = "training labels, %", .y_axis = MetricName(task.headline), .points = true, .log_x = true};
  for (const double fraction : fractions) plot.x_ticks.push_back({fraction, absl::StrCat(fraction)});
  std::vector<std::string> words;
  for (const Measured& encoder : results.encoders) {
    PlotLine line;
    std::vector<std::string> values;
    for (const ScoreRow& score : results.scores) {
      if (!score.headline || score.task != task.name || score.cohort != cohort || score.encoder != encoder.name) continue;
      if (!score.value.has_value()) continue;
      line.x.push_back(score.fraction);
      line.y.push_back(*score.value);
      line.low.push_back(score.low);
      line.high.push_back(score.high);
      values.push_back(absl::StrCat(Fixed(score.value), " at ", Percent(score.fraction)));
    }
    if (line.x.empty()) continue;
    words.push_back(absl::StrCat(encoder.name, " ", absl::StrJoin(values, ", ")));
    plot.series.push_back({encoder.name, {std::move(line)}});
  }
  if (plot.series.empty()) return {};
  return plots->Add(absl::StrCat(MetricName(task.headline), " by share of training labels"), absl::StrJoin(words, "; "), plot);
}

Html ScoreCell(const ScoreRow* score) {
  if (score == nullptr) return Text("\u2013");
  Html cell = Text(Fixed(score->value));
  std::string more = Interval(score->low, score->high);
  if (score->sd.has_value()) absl::StrAppend(&more, ", sd ", Fixed(score->sd));
  if (score->delong_low.has_value()) absl::StrAppend(&more, ", DeLong ", Interval(score->delong_low, score->delong_high));
  return more.empty() ? cell : cell + Text(" ") + Element("small", more);
}

Html ScoreTable(const BenchmarkResults& results, const TaskSpec& task, const std::string& cohort, double fraction) {
  std::vector<Table::Column> columns = {{"metric"}};
  for (const Measured& encoder : results.encoders) columns.push_back({.title = encoder.name, .number = true});
  Table table(absl::StrCat("All scores on ", cohort, " with ", Percent(fraction),
                           " of the training labels: mean over seeds, 95\u00a0% interval, standard deviation over seeds"),
              columns);
  std::vector<std::pair<std::string, std::string>> seen;
  for (const ScoreRow& score : results.scores) {
    if (score.task != task.name || score.cohort != cohort || score.fraction != fraction) continue;
    const std::pair<std::string, std::string> key = {score.metric, score.label};
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) continue;
    seen.push_back(key);
    std::vector<Html> cells = {
        Text(score.label.empty() ? MetricName(score.metric) : absl::StrCat(MetricName(score.metric), ", ", score.label))};
    for (const Measured& encoder : results.encoders) {
      cells.push_back(ScoreCell(FindScore(results, task.name, cohort, fraction, encoder.name, score.metric, score.label)));
    }
    table.AddRow(cells);
  }
  return table.empty() ? Html{} : table.Render();
}

Html Folded(const std::string& title, const Html& inside) {
  return inside.code.empty() ? Html{} : Element("details", Element("summary", title) + inside) + Html{"\n"};
}

Html RunTable(const BenchmarkResults& results, const TaskSpec& task) {
  Table table("Runs, and what each chose on validation data", {{"encoder"},
                                                               {.title = "labels", .number = true},
                                                               {.title = "seed", .number = true},
                                                               {.title = "time", .number = true},
                                                               {"split"},
                                                               {"choices"}});
  for (const Run& run : results.runs) {
    if (run.key.task != task.name) continue;
    const SplitFacts& split = run.result.split;
    const auto choice = [](std::string* out, const auto& pair) { absl::StrAppend(out, pair.first, " ", pair.second); };
    table.AddRow({Text(run.key.encoder), Text(Percent(run.key.fraction)), Text(absl::StrCat(run.key.seed)),
                  Text(Duration(run.seconds)),
                  Text(absl::StrCat(split.train_cases, " / ", split.valid_cases, " / ", split.test_cases, " cases of ",
                                    split.train_patients, " / ", split.valid_patients, " / ", split.test_patients, " patients; ",
                                    split.origin)),
                  Text(absl::StrJoin(run.result.choices, ", ", choice))});
  }
  return table.empty() ? Html{} : table.Render();
}

Html WarningList(const BenchmarkResults& results, const TaskSpec& task) {
  std::vector<std::string> seen;
  Html items;
  for (const Run& run : results.runs) {
    if (run.key.task != task.name) continue;
    for (const std::string& warning : run.result.warnings) {
      if (std::find(seen.begin(), seen.end(), warning) != seen.end()) continue;
      seen.push_back(warning);
      items += Element("li", warning);
    }
  }
  return items.code.empty() ? Html{} : Element("ul", {{"class", "warnings"}}, items);
}

Html CohortBlock(const BenchmarkResults& results, const TaskSpec& task, const std::string& cohort, Plots* plots) {
  const std::set<double> fractions = FractionsOf(results, task.name);
  if (fractions.empty()) return {};
  const double largest = *fractions.rbegin();
  Html figures = LabelBars(results, task, cohort, largest, plots);
  figures += Efficiency(results, task, cohort, plots);
  figures += CasePlots(results, task, cohort, plots);
  Html tables;
  for (auto fraction = fractions.rbegin(); fraction != fractions.rend(); ++fraction) {
    tables += Folded(absl::StrCat("All scores, ", Percent(*fraction), " of the training labels"),
                     ScoreTable(results, task, cohort, *fraction));
  }
  return Element("h4",
                 IsExternal(task, cohort) ? absl::StrCat("External cohort: ", cohort) : absl::StrCat("Test cohort: ", cohort)) +
         (figures.code.empty() ? Html{} : Element("div", {{"class", "figures"}}, figures)) + CaseTables(results, task, cohort) +
         Folded("Calibration", CalibrationTable(results, task, cohort)) + tables;
}

// "asap 0.812, random 0.700" at the largest fraction.
std::string HeadlineInWords(const BenchmarkResults& results, const TaskSpec& task) {
  const std::set<double> fractions = FractionsOf(results, task.name);
  std::vector<std::string> parts;
  for (const ScoreRow& score : results.scores) {
    if (!score.headline || score.task != task.name || score.cohort != task.dataset || score.fraction != *fractions.rbegin())
      continue;
    parts.push_back(absl::StrCat(score.encoder, " ", Fixed(score.value)));
  }
  return parts.empty() ? "no scores" : absl::StrCat(MetricName(task.headline), ": ", absl::StrJoin(parts, ", "));
}

}  // namespace

std::string TaskId(const std::string& task) {
  std::string id = absl::StrCat("task-", task);
  for (char& c : id) {
    if (!absl::ascii_isalnum(c)) c = '-';
  }
  return id;
}

Html TaskSection(const BenchmarkResults& results, const TaskSpec& task, bool open, int worst_cases, const PictureOf& picture,
                 Plots* plots) {
  Html inside = WarningList(results, task);
  if (task.labels.size() > 1) {
    Html options;
    for (size_t i = 0; i <= task.labels.size(); ++i) {
      options += Element("option", {{"value", absl::StrCat(i)}}, Text(i == 0 ? "all labels" : task.labels[i - 1]));
    }
    inside += Element("label", {{"class", "choice"}}, Text("Curves of ") + Element("select", options));
  }
  for (const std::string& cohort : CohortsOf(results, task)) inside += CohortBlock(results, task, cohort, plots);
  inside += WorstCases(results, task, worst_cases, picture);
  inside += Folded("Runs", RunTable(results, task));
  Attributes attributes = {{"class", "task"}, {"id", TaskId(task.name)}};
  if (open) attributes.push_back({"open", ""});
  return Element("details", attributes,
                 Element("summary", Element("h3", task.name) + Text(" ") +
                                        Element("span", absl::StrCat(task.title.empty() ? "" : task.title + ". ",
                                                                     HeadlineInWords(results, task)))) +
                     inside) +
         Html{"\n"};
}

}  // namespace asap
