// What every task must do, whatever it measures. Of two storeys: each task's test runs the first, and the second is run once a
// kind, on its smallest task. What a kind alone must do stands in tasks/KIND/conformance.cc.
//
//   const TaskUnderTest& under_test = ...;
//   TEST(Task, IsDeclared) { CheckDeclaration(under_test); }
#ifndef ASAP_CORE_TESTING_TASK_TASK_CONFORMANCE_H_
#define ASAP_CORE_TESTING_TASK_TASK_CONFORMANCE_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/benchmark/measured_encoder.h"
#include "core/dataset.h"
#include "core/task.h"
#include "core/testing/dataset/changed_dataset.h"

namespace asap {

struct TaskUnderTest {
  const Task* task = nullptr;
  std::string name;  // that it is registered under
  // Opens one of its datasets, small and in its published layout.
  std::function<absl::StatusOr<std::unique_ptr<Dataset>>(const std::string& name)> open;
  // A new encoder, with nothing in its cache.
  std::function<std::unique_ptr<MeasuredEncoder>(const std::string& digest)> new_encoder;
  std::string folder;  // absolute, for what runs leave
  // Parameters of the task for short runs; under the paper's protocol, `paper_options` besides.
  std::map<std::string, std::string> options, paper_options;
};

using DatasetChange = std::function<void(ChangedDataset&)>;

// A run's context with all parameters and a folder of its own. `change` alters the task's own dataset as it is opened.
TaskContext ContextOf(const TaskUnderTest& under_test, double fraction = 100, Protocol protocol = Protocol::kStrict,
                      const DatasetChange& change = nullptr);

// ---------- the first storey ----------
// The spec is sound, bears the registered name, and its headline is the first score's metric; an empty cohort has scores with
// titles, whose statistics are undefined or numbers.
void CheckDeclaration(const TaskUnderTest& under_test);
// One run at the smallest label fraction: rows are unique, as many patients as the split says, values within their metrics'
// ranges, each external dataset tested.
void CheckShortRun(const TaskUnderTest& under_test);

// ---------- the second storey ----------
// Each label fraction runs under both protocols, and smaller ones train on fewer cases.
void CheckFractions(const TaskUnderTest& under_test);
// The headline is better than chance, and than where labels, masks and reports are those of other cases.
void CheckLearns(const TaskUnderTest& under_test);
// The same seed gives the same rows, numbers and choices, also in another process.
void CheckSameSeed(const TaskUnderTest& under_test);
// A patient with cases in two splits is refused with the remedy, or comes into one split.
void CheckPatients(const TaskUnderTest& under_test);
// A dataset without cases is named.
void CheckEmptyDataset(const TaskUnderTest& under_test);
// A benchmark that was cut off goes on, and ends with the same numbers.
void CheckResumes(const TaskUnderTest& under_test);

}  // namespace asap

#endif  // ASAP_CORE_TESTING_TASK_TASK_CONFORMANCE_H_
