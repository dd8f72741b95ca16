#include "tasks/prognosis/columns.h"

#include <cmath>

namespace asap {

SurvivalRows RowsOfSurvival(const Cohort& cohort) {
  const LabelRows events = RowsOf(cohort, ScoreColumn(kRisk), TruthColumn(kEvent));
  const std::vector<double>* intervals = FindNumbers(cohort, TruthColumn(kInterval));
  SurvivalRows rows;
  for (size_t i = 0; i < events.rows.size(); ++i) {
    const size_t row = events.rows[i];
    if (intervals == nullptr || std::isnan((*intervals)[row])) continue;
    rows.rows.push_back(row);
    rows.intervals.push_back((*intervals)[row]);
    rows.risks.push_back(events.scores[i]);
    rows.events.push_back(events.positive[i]);
  }
  rows.all = rows.rows.size() == cohort.rows.size();
  return rows;
}

}  // namespace asap
