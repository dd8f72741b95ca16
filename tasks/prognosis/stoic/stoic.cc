// STOIC-2021 (Revel et al., 2021): severe COVID-19 (intubation or death within a month) of patients suspected of the disease.
#include <memory>

#include "tasks/frozen/label_task.h"

namespace asap {
namespace {

std::unique_ptr<Task> Make() {
  FrozenSpec spec;
  spec.task.name = "prognosis/stoic";
  spec.task.title = "severe COVID-19 within a month";
  spec.task.dataset = "stoic";
  spec.task.outcome = "yes or no";
  spec.task.labels = {"probSevere"};
  spec.task.fractions = {1, 10, 100};
  spec.task.headline = "auroc";
  spec.cohort.labels = spec.task.labels;
  spec.cohort.lists = ListKind::kPrognosis;
  spec.paper = {
      {.fraction = 1, .batch = 9, .steps = 100, .warmup = 10, .learning_rate = 1.5e-3, .patience = 10, .start_epoch = 5},
      {.fraction = 10, .batch = 32, .steps = 300, .warmup = 30, .learning_rate = 3e-3, .patience = 10, .start_epoch = 10},
      {.fraction = 100, .batch = 64, .steps = 4000, .warmup = 80, .learning_rate = 1e-2, .patience = 10, .start_epoch = 10}};
  return std::make_unique<LabelTask>(std::move(spec), LabelRules{.severity_head = true, .start_epoch_counts = true});
}

REGISTER_TASK("prognosis/stoic", Make);

}  // namespace
}  // namespace asap
