// Tasks by their names, and their description.
#ifndef ASAP_TOOLS_BENCHMARK_CHOOSE_TASKS_H_
#define ASAP_TOOLS_BENCHMARK_CHOOSE_TASKS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/task.h"

namespace asap {

// The registered tasks that one of the comma-separated patterns matches, in the order of names. "classification/..." is all of a
// kind and "..." all there are; "*" is any characters. InvalidArgument for a pattern that matches none, with the nearest names.
absl::StatusOr<std::vector<std::unique_ptr<Task>>> ChooseTasks(const std::string& patterns);

// docs/reference/tasks.md, from the specs.
std::string TasksPage(const std::vector<std::unique_ptr<Task>>& tasks);

}  // namespace asap

#endif  // ASAP_TOOLS_BENCHMARK_CHOOSE_TASKS_H_
