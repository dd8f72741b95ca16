#include "tasks/prognosis/section.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "core/metrics/survival.h"
#include "core/page/format.h"
#include "tasks/labels/columns.h"
#include "tasks/labels/section.h"
#include "tasks/prognosis/columns.h"

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

// The times and their names: the start and each horizon.
std::vector<std::pair<double, std::string>> TicksOf(const std::vector<std::string>& horizons) {
  std::vector<std::pair<double, std::string>> ticks = {{0, "0"}};
  for (size_t i = 0; i < horizons.size(); ++i) {
    ticks.push_back({i + 1.0, absl::StrReplaceAll(horizons[i], {{"_", " "}})});
  }
  return ticks;
}

Grouped Group(const Cohort& cohort) {
  const SurvivalRows cases = RowsOfSurvival(cohort);
  const std::vector<std::string> names = cases.intervals.size() < kFewCases
                                             ? std::vector<std::string>{"lower risk", "higher risk"}
                                             : std::vector<std::string>{"low risk", "middle risk", "high risk"};
  const int count = static_cast<int>(names.size());
  const std::vector<int> group = RiskGroups(cases.risks, count);
  Grouped grouped;
  for (int g = 0; g < count; ++g) {
    RiskGroup members{.name = names[g]};
    for (size_t i = 0; i < group.size(); ++i) {
      if (group[i] != g) continue;
      members.times.push_back(cases.intervals[i] + 1);
      members.events.push_back(cases.events[i]);
    }
    members.curve = KaplanMeier(members.times, members.events);
    if (!members.curve.empty()) grouped.groups.push_back(std::move(members));
  }
  std::vector<double> times;  // in horizons: 1 is the end of the first
  for (const double interval : cases.intervals) times.push_back(interval + 1);
  grouped.test = LogRank(times, cases.events, group, count);
  return grouped;
}

std::string TestInWords(const Grouped& grouped) {
  if (!grouped.test.has_value()) return "log-rank test undefined";
  return absl::StrCat("log-rank p", grouped.test->p < 0.001 ? " " : " = ", PValue(grouped.test->p));
}

void AddCurves(const ShownRun& run, const std::vector<std::string>& horizons, PageSection& section) {
  const Grouped grouped = Group(*run.cohort);
  if (grouped.groups.empty()) return;
  LinePlot plot{
      .x_axis = "time", .y_axis = "event-free", .x_low = 0, .y_low = 0, .y_high = 1, .between = LinePlot::Between::kBefore};
  const double end = horizons.size() + 0.25;  // beyond the last step, so that it is seen
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
  plot.x_ticks = TicksOf(horizons);
  section.AddLines(absl::StrCat("Kaplan\u2013Meier by risk from ", run.encoder, ", ", TestInWords(grouped)), words, plot);
}

Table SurvivalTable(const std::vector<ShownRun>& runs, const std::vector<std::string>& horizons) {
  std::vector<Table::Column> columns = {{"encoder"}, {"group"}, {.title = "events", .number = true}};
  for (const auto& [time, name] : TicksOf(horizons)) columns.push_back({.title = name, .number = true});
  columns.push_back({.title = "log-rank", .number = true});
  Table table("Numbers at risk just before each time, and the event-free share from it on, by predicted risk", columns);
  for (const ShownRun& run : runs) {
    const Grouped grouped = Group(*run.cohort);
    for (size_t g = 0; g < grouped.groups.size(); ++g) {
      const RiskGroup& group = grouped.groups[g];
      std::vector<Html> cells = {
          Text(run.encoder), Text(group.name),
          Text(absl::StrCat(std::count(group.events.begin(), group.events.end(), true), " of ", group.times.size()))};
      for (const auto& [time, name] : TicksOf(horizons)) {
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
  return table;
}

}  // namespace

void ShowSurvival(const ShownTask& shown, const std::vector<std::string>& horizons, PageSection& section) {
  AddLabelCurves(shown, horizons, section);
  for (const ShownRun& run : shown.runs) AddCurves(run, horizons, section);
  section.AddTable(SurvivalTable(shown.runs, horizons));
  AddCalibration(shown, horizons, section);
  AddCostlyCases(
      shown, LabelLosses(*shown.runs.front().cohort, horizons),
      [&](const Cohort& cohort, size_t row) { return DescribeLabels(cohort, row, horizons); }, section);
}

}  // namespace asap
