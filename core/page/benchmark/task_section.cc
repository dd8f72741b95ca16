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
#include "core/page/benchmark/headline.h"
#include "core/page/format.h"
#include "core/page/section.h"
#include "core/page/shown_task.h"

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
      if (score->fraction == fraction && score->label == label && score->metric.name == metric && score->cohort == cohort &&
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

// The metric that labels have: the headline's where it has any, else the first; nothing where no score is of a label.
std::optional<Metric> LabelMetric(const View& view) {
  std::optional<Metric> first;
  for (const ScoreRow* score : view.scores) {
    if (score->label.empty()) continue;
    if (score->metric.name == view.task.headline) return score->metric;
    if (!first.has_value()) first = score->metric;
  }
  return first;
}

std::string HeadlineTitle(const View& view) {
  for (const ScoreRow* score : view.scores) {
    if (score->headline) return WithUnit(score->metric);
  }
  return view.task.headline;
}

// Labels with scores on the cohort: the task's in their order, then those that the cohort's dataset names otherwise.
std::vector<std::string> LabelsOn(const View& view, const std::string& cohort, const std::string& metric) {
  std::vector<std::string> scored;
  for (const ScoreRow* score : view.scores) {
    if (score->cohort != cohort || score->metric.name != metric || score->label.empty()) continue;
    if (std::find(scored.begin(), scored.end(), score->label) == scored.end()) scored.push_back(score->label);
  }
  const auto place = [&view](const std::string& label) {
    return std::find(view.task.labels.begin(), view.task.labels.end(), label);
  };
  std::stable_sort(scored.begin(), scored.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
  return scored;
}

void AddLabelBars(const View& view, const std::string& cohort, double fraction, PageSection& section) {
  const std::optional<Metric> metric = LabelMetric(view);
  if (!metric.has_value()) return;
  BarPlot plot{.axis = WithUnit(*metric), .labels = LabelsOn(view, cohort, metric->name), .reference = metric->chance};
  std::vector<std::string> words;
  for (const Measured& encoder : view.results.encoders) {
    BarPlot::Series series{.name = encoder.name};
    double sum = 0, count = 0;
    for (const std::string& label : plot.labels) {
      const ScoreRow* score = view.Find(cohort, fraction, encoder.name, metric->name, label);
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
  if (plot.series.empty()) return;
  section.AddBars(absl::StrCat(metric->title, " of each label, 95\u00a0% interval"), absl::StrJoin(words, "; "), plot);
}

void AddEfficiency(const View& view, const std::string& cohort, PageSection& section) {
  if (view.fractions.size() < 2) return;
  const std::string headline = HeadlineTitle(view);
  LinePlot plot{.x_axis = "training labels, %", .y_axis = headline, .points = true, .log_x = true};
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
  if (plot.series.empty()) return;
  section.AddLines(absl::StrCat(headline, " by share of training labels"), absl::StrJoin(words, "; "), plot);
}

Html ScoreCell(const ScoreRow* score) {
  if (score == nullptr) return Text("\u2013");
  Html cell = Text(Fixed(score->value));
  const auto add = [&cell](const std::string& more) { cell += Text(" ") + Element("small", more); };
  if (const std::string interval = IntervalText(score->low, score->high); !interval.empty()) add(interval);
  if (score->sd.has_value()) add(absl::StrCat("sd ", Fixed(score->sd)));
  if (score->closed_form.has_value()) {
    add(absl::StrCat("closed form ", IntervalText(score->closed_form->low, score->closed_form->high)));
  }
  return cell;
}

Table ScoreTable(const View& view, const std::string& cohort, double fraction) {
  std::vector<Table::Column> columns = {{"metric"}};
  for (const Measured& encoder : view.results.encoders) columns.push_back({.title = encoder.name, .number = true});
  Table table(absl::StrCat("All scores on ", cohort, " with ", Percent(fraction),
                           " of the training labels: mean over seeds, 95\u00a0% interval, standard deviation over seeds; closed "
                           "form: an interval without resampling, as DeLong's, of the first seed"),
              columns);
  std::set<std::pair<std::string, std::string>> seen;
  for (const ScoreRow* score : view.scores) {
    if (score->cohort != cohort || score->fraction != fraction) continue;
    if (!seen.emplace(score->metric.name, score->label).second) continue;
    const std::string title = WithUnit(score->metric);
    std::vector<Html> cells = {Text(score->label.empty() ? title : absl::StrCat(title, ", ", score->label))};
    for (const Measured& encoder : view.results.encoders) {
      cells.push_back(ScoreCell(view.Find(cohort, fraction, encoder.name, score->metric.name, score->label)));
    }
    table.AddRow(cells);
  }
  return table;
}

Table RunTable(const View& view) {
  Table table("Runs, and what each chose on validation data", {{"encoder"},
                                                               {.title = "labels", .number = true},
                                                               {.title = "seed", .number = true},
                                                               {.title = "time", .number = true},
                                                               {"split"},
                                                               {"options"},
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
                  Text(absl::StrJoin(run.key.parameters, ", ", choice)), Text(absl::StrJoin(run.result.choices, ", ", choice))});
  }
  return table;
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

// The run from which an encoder's rows are drawn: the largest fraction of the task, then the least seed; null where it has none.
const Run* DrawnRun(const View& view, const std::string& encoder) {
  const Run* drawn = nullptr;
  for (const Run& run : view.results.runs) {
    if (run.key.task != view.task.name || run.key.encoder != encoder) continue;
    if (drawn == nullptr || run.key.fraction > drawn->key.fraction ||
        (run.key.fraction == drawn->key.fraction && run.key.seed < drawn->key.seed)) {
      drawn = &run;
    }
  }
  return drawn;
}

const Cohort* CohortOf(const Run& run, const std::string& cohort) {
  if (run.result.test.dataset == cohort) return &run.result.test;
  for (const Cohort& external : run.result.external) {
    if (external.dataset == cohort) return &external;
  }
  return nullptr;
}

ShownTask Shown(const View& view, const std::string& cohort, const BenchmarkPageOptions& options) {
  ShownTask shown{.spec = view.task,
                  .cohort = cohort,
                  .external = IsExternal(view.task, cohort),
                  .most_pictures = options.most_pictures,
                  .picture = options.picture};
  for (const Measured& encoder : view.results.encoders) {
    const Run* run = DrawnRun(view, encoder.name);
    const Cohort* rows = run == nullptr ? nullptr : CohortOf(*run, cohort);
    if (rows == nullptr || rows->rows.empty()) continue;
    const std::string place = options.runs_folder.empty() ? "" : absl::StrCat(options.runs_folder, "/", run->key.Place());
    shown.runs.push_back({encoder.name, run, rows, place});
  }
  return shown;
}

void AddCohort(const View& view, const Task* task, const std::string& cohort, const BenchmarkPageOptions& options,
               PageSection& section) {
  if (view.fractions.empty()) return;
  section.AddHeading(absl::StrCat(IsExternal(view.task, cohort) ? "External cohort: " : "Test cohort: ", cohort));
  AddLabelBars(view, cohort, *view.fractions.rbegin(), section);
  AddEfficiency(view, cohort, section);
  if (task != nullptr) {
    const ShownTask shown = Shown(view, cohort, options);
    if (!shown.runs.empty()) task->Show(shown, section);
  }
  for (auto fraction = view.fractions.rbegin(); fraction != view.fractions.rend(); ++fraction) {
    section.AddFolded(absl::StrCat("All scores, ", Percent(*fraction), " of the training labels"),
                      [&](PageSection& inside) { inside.AddTable(ScoreTable(view, cohort, *fraction)); });
  }
}

// "asap 0.812, random 0.700" at the largest fraction.
std::string HeadlineInWords(const View& view) {
  std::vector<std::string> parts;
  for (const ScoreRow* score : view.scores) {
    if (!score->headline || score->cohort != view.task.dataset || score->fraction != *view.fractions.rbegin()) continue;
    parts.push_back(absl::StrCat(score->encoder, " ", Fixed(score->value)));
  }
  return parts.empty() ? "no scores" : absl::StrCat(HeadlineTitle(view), ": ", absl::StrJoin(parts, ", "));
}

}  // namespace

std::string TaskId(const std::string& task) {
  std::string id = absl::StrCat("task-", task);
  for (char& c : id) {
    if (!absl::ascii_isalnum(c)) c = '-';
  }
  return id;
}

Html TaskSection(const BenchmarkResults& results, const TaskSpec& spec, const Task* task, bool open,
                 const BenchmarkPageOptions& options, Plots* plots) {
  const View view(results, spec);
  PageSection section(plots);
  for (const std::string& cohort : CohortsOf(view)) AddCohort(view, task, cohort, options, section);
  section.AddFolded("Runs", [&](PageSection& inside) { inside.AddTable(RunTable(view)); });
  Html inside = WarningList(view);
  for (const NotApplicable& pair : results.not_applicable) {
    if (pair.task == spec.name) inside += Element("p", absl::StrCat("Not applicable to ", pair.encoder, ": ", pair.reason, "."));
  }
  if (section.has_choices() && spec.labels.size() > 1) {
    Html choices;
    for (size_t i = 0; i <= spec.labels.size(); ++i) {
      choices +=
          Element("option", {{"value", i == 0 ? "" : spec.labels[i - 1]}}, Text(i == 0 ? "all labels" : spec.labels[i - 1]));
    }
    inside += Element("label", {{"class", "choice"}}, Text("Curves of ") + Element("select", choices));
  }
  inside += section.Render();
  Attributes attributes = {{"class", "task"}, {"id", TaskId(spec.name)}};
  if (open) attributes.push_back({"open", ""});
  return Element("details", attributes,
                 Element("summary",
                         Element("h3", spec.name) + Text(" ") +
                             Element("span", absl::StrCat(spec.title.empty() ? "" : spec.title + ". ", HeadlineInWords(view)))) +
                     inside) +
         Html{"\n"};
}

}  // namespace asap
