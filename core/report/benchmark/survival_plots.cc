#include "core/report/benchmark/survival_plots.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "core/metrics/survival.h"
#include "core/report/benchmark/case_scores.h"
#include "core/report/benchmark/format.h"

namespace asap {
namespace {

constexpr size_t kFewCases = 60;  // fewer make halves, not thirds

struct RiskGroup {
  std::string name;
  std::vector<double> times;
  Flags events;
  std::vector<SurvivalPoint> curve;

  int64_t AtRisk(double time) const {
    return std::count_if(times.begin(), times.end(), [time](double other) { return other >= time; });
  }
  double Survival(double time) const {
    double survival = 1;
    for (const SurvivalPoint& point : curve) {
      if (point.time <= time) survival = point.survival;
    }
    return survival;
  }
};

struct Grouped {
  std::vector<RiskGroup> groups;  // rising risk; those without cases are left out
  std::optional<LogRankTest> test;
  std::vector<std::pair<double, std::string>> ticks;  // time, name
};

Grouped Group(const TaskSpec& task, const Cohort& cohort) {
  const SurvivalCases cases = SurvivalOf(task, cohort);
  const std::vector<std::string> names = cases.times.size() < kFewCases
                                             ? std::vector<std::string>{"lower risk", "higher risk"}
                                             : std::vector<std::string>{"low risk", "middle risk", "high risk"};
  const int count = static_cast<int>(names.size());
  const std::vector<int> group = RiskGroups(cases.risks, count);
  Grouped grouped;
  for (int g = 0; g < count; ++g) {
    RiskGroup members{.name = names[g]};
    for (size_t i = 0; i < group.size(); ++i) {
      if (group[i] != g) continue;
      members.times.push_back(cases.times[i]);
      members.events.push_back(cases.events[i]);
    }
    members.curve = KaplanMeier(members.times, members.events);
    if (!members.curve.empty()) grouped.groups.push_back(std::move(members));
  }
  grouped.test = LogRank(cases.times, cases.events, group, count);
  grouped.ticks.push_back({0, "0"});
  for (size_t i = 0; i < task.labels.size(); ++i) {
    grouped.ticks.push_back({i + 1.0, absl::StrReplaceAll(task.labels[i], {{"_", " "}})});
  }
  return grouped;
}

std::string TestInWords(const Grouped& grouped) {
  if (!grouped.test.has_value()) return "log-rank test undefined";
  return absl::StrCat("log-rank p", grouped.test->p < 0.001 ? " " : " = ", PValue(grouped.test->p));
}

}  // namespace

Html SurvivalPlot(const TaskSpec& task, const std::string& encoder, const Cohort& cohort, Plots* plots) {
  const Grouped grouped = Group(task, cohort);
  if (grouped.groups.empty()) return {};
  LinePlot plot{
      .x_axis = "time", .y_axis = "event-free", .x_low = 0, .y_low = 0, .y_high = 1, .between = LinePlot::Between::kBefore};
  const double end = task.labels.size() + 0.25;  // beyond the last step, so that it is seen
  std::string words = TestInWords(grouped);
  for (const RiskGroup& group : grouped.groups) {
    PlotLine line{.x = {0}, .y = {1}};
    for (const SurvivalPoint& point : group.curve) {
      line.x.push_back(point.time);
      line.y.push_back(point.survival);
    }
    line.x.push_back(end);
    line.y.push_back(line.y.back());
    line.note = absl::StrCat("n = ", group.times.size());
    absl::StrAppend(&words, "; ", group.name, " ", Fixed(group.curve.back().survival), " event-free at the end");
    plot.series.push_back({group.name, {std::move(line)}});
  }
  plot.x_high = end;
  plot.x_ticks = grouped.ticks;
  return plots->Add(absl::StrCat("Kaplan\u2013Meier by risk from ", encoder, ", ", TestInWords(grouped)), words, plot);
}

Html SurvivalTable(const TaskSpec& task, const std::string& encoder, const Cohort& cohort) {
  const Grouped grouped = Group(task, cohort);
  if (grouped.groups.empty()) return {};
  std::vector<Table::Column> columns = {{"group"}, {.title = "events", .number = true}};
  for (const auto& [time, name] : grouped.ticks) columns.push_back({.title = name, .number = true});
  std::string caption = absl::StrCat("Numbers at risk just before each time, and event-free share from it on; ", encoder, ", ",
                                     TestInWords(grouped));
  if (grouped.test.has_value()) {
    absl::StrAppendFormat(&caption, " (\u03c7\u00b2 %.1f, %d df)", grouped.test->chi_squared, grouped.test->freedom);
  }
  Table table(std::move(caption), columns);
  for (const RiskGroup& group : grouped.groups) {
    std::vector<Html> cells = {Text(group.name), Text(absl::StrCat(std::count(group.events.begin(), group.events.end(), true),
                                                                   " of ", group.times.size()))};
    for (const auto& [time, name] : grouped.ticks) {
      cells.push_back(Text(absl::StrCat(group.AtRisk(time), " ")) + Element("small", Fixed(group.Survival(time))));
    }
    table.AddRow(cells);
  }
  return table.Render();
}

}  // namespace asap
