#include "tasks/prognosis/columns.h"

#include <utility>

namespace asap {

SurvivalRows RowsOfSurvival(const Cohort& cohort) {
  LabelRows labelled = RowsOf(cohort, ScoreColumn(kRisk), TruthColumn(kEvent));
  const std::vector<double>* intervals = FindNumbers(cohort, TruthColumn(kInterval));
  SurvivalRows rows;
  if (intervals == nullptr) {
    rows.all = cohort.rows.empty();
    return rows;
  }
  for (const size_t row : labelled.rows) rows.intervals.push_back((*intervals)[row]);
  rows.rows = std::move(labelled.rows);
  rows.risks = std::move(labelled.scores);
  rows.events = std::move(labelled.positive);
  rows.all = labelled.all;
  return rows;
}

}  // namespace asap
