#include "core/page/benchmark/survival_plots.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "core/metrics/survival.h"
#include "core/page/benchmark/case_scores.h"
#include "core/page/format.h"

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
};

// Times and their names: the start and each horizon.
std::vector<std::pair<double, std::string>> TicksOf(const TaskSpec& task) {
  std::vector<std::pair<double, std::string>> ticks = {{0, "0"}};
  for (size_t i = 0; i < task.labels.size(); ++i) {
    ticks.push_back({i + 1.0, absl::StrReplaceAll(task.labels[i], {{"_", " "}})});
  }
  return ticks;
}

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
  plot.x_ticks = TicksOf(task);
  return plots->Add(absl::StrCat("Kaplan\u2013Meier by risk from ", encoder, ", ", TestInWords(grouped)), words, plot);
}

Html SurvivalTable(const TaskSpec& task, const std::vector<std::pair<std::string, Cohort>>& encoders) {
  std::vector<Table::Column> columns = {{"encoder"}, {"group"}, {.title = "events", .number = true}};
  for (const auto& [time, name] : TicksOf(task)) columns.push_back({.title = name, .number = true});
  columns.push_back({.title = "log-rank", .number = true});
  Table table("Numbers at risk just before each time, and the event-free share from it on, by predicted risk", columns);
  for (const auto& [encoder, cohort] : encoders) {
    const Grouped grouped = Group(task, cohort);
    for (size_t g = 0; g < grouped.groups.size(); ++g) {
      const RiskGroup& group = grouped.groups[g];
      std::vector<Html> cells = {
          Text(encoder), Text(group.name),
          Text(absl::StrCat(std::count(group.events.begin(), group.events.end(), true), " of ", group.times.size()))};
      for (const auto& [time, name] : TicksOf(task)) {
        cells.push_back(Text(absl::StrCat(group.AtRisk(time), " ")) + Element("small", Fixed(group.Survival(time))));
      }
      Html test;
      if (g == 0 && grouped.test.has_value()) {
        test = Text(absl::StrCat("p ", PValue(grouped.test->p), " ")) +
               Element("small", absl::StrFormat("\u03c7\u00b2 %.1f, %d df", grouped.test->chi_squared, grouped.test->freedom));
      }
      cells.push_back(test);
      table.AddRow(cells, /*continued=*/g > 0);
    }
  }
  return table.empty() ? Html{} : Element("div", {{"class", "wide"}}, table.Render());
}

}  // namespace asap
