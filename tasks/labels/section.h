// What a page shows of labels: ROC, precision-recall and reliability curves, calibration, confusion matrices, and the cases of
// greatest loss. Areas and errors beside the curves are those of the tables: one function makes both.
#ifndef ASAP_TASKS_LABELS_SECTION_H_
#define ASAP_TASKS_LABELS_SECTION_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/page/section.h"
#include "core/page/shown_task.h"

namespace asap {

// Labels that are 0 or 1. `labels` are those of the shown cohort.
void ShowLabels(const ShownTask& shown, const std::vector<std::string>& labels, PageSection& section);
// Classes that exclude each other.
void ShowClasses(const ShownTask& shown, const std::vector<std::string>& classes, PageSection& section);

// ---------- parts of which other kinds make their sections ----------

void AddLabelCurves(const ShownTask& shown, const std::vector<std::string>& labels, PageSection& section);
void AddCalibration(const ShownTask& shown, const std::vector<std::string>& labels, PageSection& section);

// The rows of greatest loss of the first shown run, as pictures; nothing on an external cohort. `describe` says what was
// predicted and what is true of a row.
using DescribeRow = std::function<std::vector<std::string>(const Cohort& cohort, size_t row)>;
void AddCostlyCases(const ShownTask& shown, const std::vector<std::optional<double>>& losses, const DescribeRow& describe,
                    PageSection& section);
// "Emphysema: 0.91, true no" of the labels that cost most.
std::vector<std::string> DescribeLabels(const Cohort& cohort, size_t row, const std::vector<std::string>& labels);

}  // namespace asap

#endif  // ASAP_TASKS_LABELS_SECTION_H_
