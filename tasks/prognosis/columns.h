// Survival as columns of a cohort: "score/risk"; "truth/interval", the horizon (0, 1, ...) that the event fell within, or the
// last one that the case was seen at; "truth/event", 0 or 1; and for each horizon a label, "the event has happened by then".
#ifndef ASAP_TASKS_PROGNOSIS_COLUMNS_H_
#define ASAP_TASKS_PROGNOSIS_COLUMNS_H_

#include <cstddef>
#include <vector>

#include "core/cohort.h"
#include "tasks/labels/columns.h"

namespace asap {

inline constexpr char kRisk[] = "risk", kInterval[] = "interval", kEvent[] = "event";

// The rows that have a risk and an outcome, which is an interval and an event.
struct SurvivalRows {
  std::vector<size_t> rows;  // of the cohort, rising
  std::vector<double> intervals, risks;
  Flags events;
  bool all = true;  // rows are all of the cohort's
};
SurvivalRows RowsOfSurvival(const Cohort& cohort);

}  // namespace asap

#endif  // ASAP_TASKS_PROGNOSIS_COLUMNS_H_
