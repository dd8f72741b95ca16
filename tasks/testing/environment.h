// What a task's test runs on: the phantom in the published layouts of the task's datasets, read by their true readers, and an
// encoder that knows a little of it, or for tasks that train a network a small one with random weights. The test's main() fills
// it in from its arguments; see tasks/task.bzl.
#ifndef ASAP_TASKS_TESTING_ENVIRONMENT_H_
#define ASAP_TASKS_TESTING_ENVIRONMENT_H_

#include <cstdint>
#include <map>
#include <string>

#include "core/testing/task/task_conformance.h"

namespace asap {

struct TaskTestOptions {
  std::string task;
  int64_t phantom_cases = 300;
  std::map<std::string, std::string> task_options, paper_options;
};

// Called by the test's main() before RUN_ALL_TESTS().
void SetTaskTestOptions(const TaskTestOptions& options);

// The task of the options; writes the datasets when it is first asked for.
const TaskUnderTest& TheTask();

}  // namespace asap

#endif  // ASAP_TASKS_TESTING_ENVIRONMENT_H_
