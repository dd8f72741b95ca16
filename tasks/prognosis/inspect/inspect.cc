// INSPECT (Huang et al., 2023): death within 1, 6 and 12 months of CT angiography.
#include <memory>

#include "tasks/prognosis/survival_task.h"

namespace asap {
namespace {

std::unique_ptr<Task> Make() {
  FrozenSpec spec;
  spec.task.name = "prognosis/inspect";
  spec.task.title = "death within 1, 6, 12 months";
  spec.task.dataset = "inspect";
  spec.task.outcome = "time to an event, by horizons";
  spec.task.labels = {"1_month_mortality", "6_month_mortality", "12_month_mortality"};
  spec.task.fractions = {1, 10, 100};
  spec.task.headline = "c_index";
  spec.cohort.labels = spec.task.labels;
  spec.cohort.lists = ListKind::kPrognosis;
  spec.paper = {
      {.fraction = 1, .batch = 32, .steps = 300, .warmup = 25, .learning_rate = 5e-3, .patience = 10, .start_epoch = 5},
      {.fraction = 10, .batch = 64, .steps = 3000, .warmup = 125, .learning_rate = 5e-3, .patience = 10, .start_epoch = 10},
      {.fraction = 100, .batch = 128, .steps = 20000, .warmup = 600, .learning_rate = 5e-3, .patience = 10, .start_epoch = 10}};
  return std::make_unique<SurvivalTask>(std::move(spec));
}

REGISTER_TASK("prognosis/inspect", Make);

}  // namespace
}  // namespace asap
