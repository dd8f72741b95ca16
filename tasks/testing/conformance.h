// What every task must do, whatever it measures. A plug-in's BUILD file gets this test by the rule asap_task (tasks/task.bzl).
//
// The phantom is written once in the published layout of the task's dataset, and of its external ones, and read by their true
// readers. Held: the spec is sound; the reader lists cases with the labels of the spec; each label fraction runs under both
// protocols, and smaller ones train on fewer cases; every test case has a score and the metrics stay in their ranges; no patient is
// in two splits; the same seed gives the same scores and digest; one-class labels, an empty dataset, a missing label and a leaking
// patient end in values that say "undefined" or in errors that say what to do; a benchmark that was cut off goes on and ends the
// same.
#ifndef ASAP_TASKS_TESTING_CONFORMANCE_H_
#define ASAP_TASKS_TESTING_CONFORMANCE_H_

#include <cstdint>
#include <string>

namespace asap {

struct ConformanceOptions {
  std::string task;
  int64_t phantom_cases = 300;
};

// Called by the test's main() before RUN_ALL_TESTS().
void SetConformanceOptions(const ConformanceOptions& options);

}  // namespace asap

#endif  // ASAP_TASKS_TESTING_CONFORMANCE_H_
