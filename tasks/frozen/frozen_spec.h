// What a task on frozen features declares beyond its TaskSpec.
#ifndef ASAP_TASKS_FROZEN_FROZEN_SPEC_H_
#define ASAP_TASKS_FROZEN_FROZEN_SPEC_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/task.h"
#include "tasks/cohort/cohort.h"

namespace asap {

// The published hyper-parameters at one label fraction.
struct PaperTraining {
  double fraction = 100;  // per cent
  int64_t batch = 64, steps = 1000, warmup = 50;
  double learning_rate = 1e-3, weight_decay = 1e-5;
  int64_t patience = 10, start_epoch = 10;
  std::optional<std::array<double, 2>> window;  // HU, where it is not the dataset's
};

// The labels of the task that answer a label of an external dataset: the highest of their scores counts. Under the paper's
// protocol the one of highest AUROC on the test cases does, as published: that is a choice on test data, and is said.
struct ExternalLabel {
  std::string theirs;
  std::vector<std::string> ours;
};
struct ExternalCohort {
  std::string dataset;
  std::vector<ExternalLabel> labels;
};

struct FrozenSpec {
  TaskSpec task;
  CohortSpec cohort;                 // its dataset is the task's
  std::vector<PaperTraining> paper;  // the published ones, for each of task.fractions
  double drop_path = 0.1;            // of the published training
  bool noise = true;                 // whether the published augmentation has Gaussian noise
  std::vector<ExternalCohort> external;
};

}  // namespace asap

#endif  // ASAP_TASKS_FROZEN_FROZEN_SPEC_H_
