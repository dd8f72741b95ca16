// What the page says of one task: its figures and tables, folded under a line with the headline scores. Between what all tasks
// have stands what the task adds (Task::Show).
#ifndef ASAP_CORE_PAGE_BENCHMARK_TASK_SECTION_H_
#define ASAP_CORE_PAGE_BENCHMARK_TASK_SECTION_H_

#include <string>

#include "core/benchmark/results.h"
#include "core/html/html.h"
#include "core/page/benchmark/page_options.h"
#include "core/page/plots.h"

namespace asap {

// The id of the task's section: "task-kind-dataset".
std::string TaskId(const std::string& task);

// `task` is that of `spec`, or null where the program does not have it: then it adds nothing.
Html TaskSection(const BenchmarkResults& results, const TaskSpec& spec, const Task* task, bool open,
                 const BenchmarkPageOptions& options, Plots* plots);

}  // namespace asap

#endif  // ASAP_CORE_PAGE_BENCHMARK_TASK_SECTION_H_
