#include "core/page/benchmark/task_section.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/page/benchmark/case_plots.h"
#include "core/page/benchmark/headline.h"
#include "core/page/format.h"

namespace asap {
namespace {

// One task of a benchmark, with its scores at hand: a benchmark has tens of thousands.
struct View {
  const BenchmarkResults& results;
  const TaskSpec& task;
  std::vector<const ScoreRow*> scores;
  std::set<double> fractions;

  View(const BenchmarkResults& all, const TaskSpec& of) : results(all), task(of) {
    for (const ScoreRow& score : results.scores) {
      if (score.task != task.name) continue;
      scores.push_back(&score);
      fractions.insert(score.fraction);
    }
  }
  const ScoreRow* Find(const std::string& cohort, double fraction, const std::string& encoder, const std::string& metric,
                       const std::string& label) const {
    for (const ScoreRow* score : scores) {
      if (score->fraction == fraction && score->label == label && score->metric == metric && score->cohort == cohort &&
          score->encoder == encoder) {
        return score;
      }
    }
    return nullptr;
  }
  const ScoreRow* FindHeadline(const std::string& cohort, double fraction, const std::string& encoder) const {
    for (const ScoreRow* score : scores) {
      if (score->headline && score->fraction == fraction && score->cohort == cohort && score->encoder == encoder) return score;
    }
    return nullptr;
  }
};

std::vector<std::string> CohortsOf(const View& view) {
  std::vector<std::string> cohorts = {view.task.dataset};
  for (const ScoreRow* score : view.scores) {
    if (std::find(cohorts.begin(), cohorts.end(), score->cohort) == cohorts.end()) {
      cohorts.push_back(score->cohort);
    }
  }
  return cohorts;
}

// The metric that labels have: the headline's where it has any, else the first.
std::string LabelMetric(const View& view) {
  std::string first;
  for (const ScoreRow* score : view.scores) {
    if (score->label.empty()) continue;
    if (score->metric == view.task.headline) return score->metric;
    if (first.empty()) first = score->metric;
  }
  return first;
}

// Labels with scores on the cohort: the task's in their order, then those that the cohort's dataset names otherwise.
std::vector<std::string> LabelsOn(const View& view, const std::string& cohort, const std::string& metric) {
  std::vector<std::string> scored;
  for (const ScoreRow* score : view.scores) {
    if (score->cohort != cohort || score->metric != metric || score->label.empty()) continue;
    if (std::find(scored.begin(), scored.end(), score->label) == scored.end()) scored.push_back(score->label);
  }
  const auto place = [&view](const std::string& label) {
    return std::find(view.task.labels.begin(), view.task.labels.end(), label);
  };
  std::stable_sort(scored.begin(), scored.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
  return scored;
}

Html LabelBars(const View& view, const std::string& cohort, double fraction, Plots* plots) {
  const std::string metric = LabelMetric(view);
  BarPlot plot{.axis = MetricName(metric), .labels = LabelsOn(view, cohort, metric)};
  if (metric == "auroc") plot.reference = 0.5;
  std::vector<std::string> words;
  for (const Measured& encoder : view.results.encoders) {
    BarPlot::Series series{.name = encoder.name};
    double sum = 0, count = 0;
    for (const std::string& label : plot.labels) {
      const ScoreRow* score = view.Find(cohort, fraction, encoder.name, metric, label);
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

Html Efficiency(const View& view, const std::string& cohort, Plots* plots) {
  if (view.fractions.size() < 2) return {};
  LinePlot plot{.x_axis = "training labels, %", .y_axis = MetricName(view.task.headline), .points = true, .log_x = true};
  for (const double fraction : view.fractions) plot.x_ticks.push_back({fraction, absl::StrCat(fraction)});
  std::vector<std::string> words;
  for (const Measured& encoder : view.results.encoders) {
    PlotLine line;
    std::vector<std::string> values;
    for (const double fraction : view.fractions) {
      const ScoreRow* score = view.FindHeadline(cohort, fraction, encoder.name);
      if (score == nullptr || !score->value.has_value()) continue;
      line.x.push_back(score->fraction);
      line.y.push_back(*score->value);
      line.low.push_back(score->low);
      line.high.push_back(score->high);
      values.push_back(absl::StrCat(Fixed(score->value), " at ", Percent(score->fraction)));
    }
    if (line.x.empty()) continue;
    words.push_back(absl::StrCat(encoder.name, " ", absl::StrJoin(values, ", ")));
    plot.series.push_back({encoder.name, {std::move(line)}});
  }
  if (plot.series.empty()) return {};
  return plots->Add(absl::StrCat(MetricName(view.task.headline), " by share of training labels"), absl::StrJoin(words, "; "),
                    plot);
}

Html ScoreCell(const ScoreRow* score) {
  if (score == nullptr) return Text("\u2013");
  Html cell = Text(Fixed(score->value));
  const auto add = [&cell](const std::string& more) { cell += Text(" ") + Element("small", more); };
  if (const std::string interval = Interval(score->low, score->high); !interval.empty()) add(interval);
  if (score->sd.has_value()) add(absl::StrCat("sd ", Fixed(score->sd)));
  if (score->delong_low.has_value()) add(absl::StrCat("DeLong ", Interval(score->delong_low, score->delong_high)));
  return cell;
}

Html ScoreTable(const View& view, const std::string& cohort, double fraction) {
  std::vector<Table::Column> columns = {{"metric"}};
  for (const Measured& encoder : view.results.encoders) columns.push_back({.title = encoder.name, .number = true});
  Table table(absl::StrCat("All scores on ", cohort, " with ", Percent(fraction),
                           " of the training labels: mean over seeds, 95\u00a0% interval, standard deviation over seeds; DeLong: "
                           "of the first seed"),
              columns);
  std::vector<std::pair<std::string, std::string>> seen;
  for (const ScoreRow* score : view.scores) {
    if (score->cohort != cohort || score->fraction != fraction) continue;
    const std::pair<std::string, std::string> key = {score->metric, score->label};
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) continue;
    seen.push_back(key);
    std::vector<Html> cells = {
        Text(score->label.empty() ? MetricName(score->metric) : absl::StrCat(MetricName(score->metric), ", ", score->label))};
    for (const Measured& encoder : view.results.encoders) {
      cells.push_back(ScoreCell(view.Find(cohort, fraction, encoder.name, score->metric, score->label)));
    }
    table.AddRow(cells);
  }
  return table.empty() ? Html{} : Element("div", {{"class", "wide"}}, table.Render());
}

Html Folded(const std::string& title, const Html& inside) {
  return inside.code.empty() ? Html{} : Element("details", Element("summary", title) + inside) + Html{"\n"};
}

Html RunTable(const View& view) {
  Table table("Runs, and what each chose on validation data", {{"encoder"},
                                                               {.title = "labels", .number = true},
                                                               {.title = "seed", .number = true},
                                                               {.title = "time", .number = true},
                                                               {"split"},
                                                               {"choices"}});
  for (const Run& run : view.results.runs) {
    if (run.key.task != view.task.name) continue;
    const SplitFacts& split = run.result.split;
    const auto choice = [](std::string* out, const auto& pair) { absl::StrAppend(out, pair.first, " ", pair.second); };
    table.AddRow({Text(run.key.encoder), Text(Percent(run.key.fraction)), Text(absl::StrCat(run.key.seed)),
                  Text(Duration(run.seconds)),
                  Text(absl::StrCat(split.train_cases, " / ", split.valid_cases, " / ", split.test_cases, " cases of ",
                                    split.train_patients, " / ", split.valid_patients, " / ", split.test_patients, " patients; ",
                                    split.origin)),
                  Text(absl::StrJoin(run.result.choices, ", ", choice))});
  }
  return table.empty() ? Html{} : Element("div", {{"class", "wide"}}, table.Render());
}

Html WarningList(const View& view) {
  std::vector<std::string> seen;
  Html items;
  for (const Run& run : view.results.runs) {
    if (run.key.task != view.task.name) continue;
    for (const std::string& warning : run.result.warnings) {
      if (std::find(seen.begin(), seen.end(), warning) != seen.end()) continue;
      seen.push_back(warning);
      items += Element("li", warning);
    }
  }
  return items.code.empty() ? Html{} : Element("ul", {{"class", "warnings"}}, items);
}

Html CohortBlock(const View& view, const std::string& cohort, Plots* plots) {
  if (view.fractions.empty()) return {};
  const double largest = *view.fractions.rbegin();
  Html figures = LabelBars(view, cohort, largest, plots);
  figures += Efficiency(view, cohort, plots);
  figures += CasePlots(view.results, view.task, cohort, plots);
  Html tables;
  for (auto fraction = view.fractions.rbegin(); fraction != view.fractions.rend(); ++fraction) {
    tables +=
        Folded(absl::StrCat("All scores, ", Percent(*fraction), " of the training labels"), ScoreTable(view, cohort, *fraction));
  }
  return Element("h4", IsExternal(view.task, cohort) ? absl::StrCat("External cohort: ", cohort)
                                                     : absl::StrCat("Test cohort: ", cohort)) +
         (figures.code.empty() ? Html{} : Element("div", {{"class", "figures"}}, figures)) +
         CaseTables(view.results, view.task, cohort) + Folded("Calibration", CalibrationTable(view.results, view.task, cohort)) +
         tables;
}

// "asap 0.812, random 0.700" at the largest fraction.
std::string HeadlineInWords(const View& view) {
  std::vector<std::string> parts;
  for (const ScoreRow* score : view.scores) {
    if (!score->headline || score->cohort != view.task.dataset || score->fraction != *view.fractions.rbegin()) continue;
    parts.push_back(absl::StrCat(score->encoder, " ", Fixed(score->value)));
  }
  return parts.empty() ? "no scores" : absl::StrCat(MetricName(view.task.headline), ": ", absl::StrJoin(parts, ", "));
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
  const View view(results, task);
  Html inside = WarningList(view);
  if (task.labels.size() > 1) {
    Html options;
    for (size_t i = 0; i <= task.labels.size(); ++i) {
      options +=
          Element("option", {{"value", i == 0 ? "" : task.labels[i - 1]}}, Text(i == 0 ? "all labels" : task.labels[i - 1]));
    }
    inside += Element("label", {{"class", "choice"}}, Text("Curves of ") + Element("select", options));
  }
  for (const std::string& cohort : CohortsOf(view)) inside += CohortBlock(view, cohort, plots);
  inside += WorstCases(results, task, worst_cases, picture);
  inside += Folded("Runs", RunTable(view));
  Attributes attributes = {{"class", "task"}, {"id", TaskId(task.name)}};
  if (open) attributes.push_back({"open", ""});
  return Element("details", attributes,
                 Element("summary",
                         Element("h3", task.name) + Text(" ") +
                             Element("span", absl::StrCat(task.title.empty() ? "" : task.title + ". ", HeadlineInWords(view)))) +
                     inside) +
         Html{"\n"};
}

}  // namespace asap
