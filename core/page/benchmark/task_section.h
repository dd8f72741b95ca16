// What the page says of one task: its figures and tables, folded under a line with the headline scores.
#ifndef ASAP_CORE_PAGE_BENCHMARK_TASK_SECTION_H_
#define ASAP_CORE_PAGE_BENCHMARK_TASK_SECTION_H_

#include <string>

#include "core/benchmark/results.h"
#include "core/html/html.h"
#include "core/page/benchmark/worst_cases.h"
#include "core/page/plots.h"

namespace asap {

// The id of the task's section: "task-classification-stoic".
std::string TaskId(const std::string& task);

Html TaskSection(const BenchmarkResults& results, const TaskSpec& task, bool open, int worst_cases, const PictureOf& picture,
                 Plots* plots);

}  // namespace asap

#endif  // ASAP_CORE_PAGE_BENCHMARK_TASK_SECTION_H_
