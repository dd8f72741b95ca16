// What a page shows of survival: Kaplan-Meier curves of thirds by predicted risk (halves of small cohorts), numbers at risk, the
// log-rank test; of the horizons, what labels have.
#ifndef ASAP_TASKS_PROGNOSIS_SECTION_H_
#define ASAP_TASKS_PROGNOSIS_SECTION_H_

#include <string>
#include <vector>

#include "core/page/section.h"
#include "core/page/shown_task.h"

namespace asap {

// `horizons` are labels, "the event has happened by then", in the order of time.
void ShowSurvival(const ShownTask& shown, const std::vector<std::string>& horizons, PageSection& section);

}  // namespace asap

#endif  // ASAP_TASKS_PROGNOSIS_SECTION_H_
