#include "tasks/prognosis/scores.h"

#include <memory>
#include <utility>

#include "core/metrics/cindex.h"
#include "core/metrics/time_dependent_auroc.h"
#include "tasks/labels/scores.h"
#include "tasks/prognosis/columns.h"

namespace asap {
namespace {

template <typename S>
Score OnSurvivalRows(const SurvivalRows& rows, S statistic) {
  auto shared = std::make_shared<const S>(std::move(statistic));
  return OnRows(rows.rows, rows.all, [shared](absl::Span<const double> weights) { return (*shared)(weights); });
}

}  // namespace

std::vector<Score> SurvivalScores(const Cohort& cohort, const std::vector<std::string>& horizons) {
  const SurvivalRows rows = RowsOfSurvival(cohort);
  // Who was seen at the end of an interval without an event outlived the events within it.
  std::vector<double> observed;
  for (size_t i = 0; i < rows.intervals.size(); ++i) observed.push_back(rows.intervals[i] + (rows.events[i] ? 0 : 0.5));
  std::vector<Score> scores;
  scores.push_back(OnSurvivalRows(rows, WeightedCIndex(rows.intervals, rows.risks, rows.events)));
  scores.back().metric = {.name = "c_index", .title = "C-index", .chance = 0.5};
  scores.push_back(OnSurvivalRows(rows, WeightedUnoCIndex(observed, rows.risks, rows.events)));
  scores.back().metric = {.name = "c_index_uno", .title = "C-index (Uno)", .chance = 0.5};
  std::vector<ScoreFamily> families = {
      {AurocMetric()},
      {{.name = "auroc_cumulative_dynamic", .title = "AUROC (cumulative/dynamic)", .chance = 0.5}},
      {BrierMetric()}};
  for (size_t h = 0; h < horizons.size(); ++h) {
    const LabelRows flags = RowsOfLabel(cohort, horizons[h]);
    families[0].of_label.push_back(AurocOf(flags));
    families[1].of_label.push_back(
        OnSurvivalRows(rows, WeightedTimeDependentAuroc(observed, rows.risks, rows.events, static_cast<double>(h))));
    families[2].of_label.push_back(BrierOf(flags));
  }
  AddMeans(families, scores);
  AddEach(families, horizons, scores);
  return scores;
}

}  // namespace asap
