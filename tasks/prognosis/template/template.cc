// Say here what happens to whom, within what time of the scan.
#include <memory>

#include "tasks/frozen/label_task.h"

namespace asap {
namespace {

// An outcome by one fixed time. One by several horizons is a SurvivalTask: see tasks/prognosis/inspect.
std::unique_ptr<Task> Make() {
  FrozenSpec spec;
  spec.task.name = "prognosis/template";
  spec.task.title = "what happens, by when";
  spec.task.dataset = "pairs";
  spec.task.outcome = "yes or no";
  spec.task.labels = {"Lung nodule"};
  spec.task.fractions = {1, 10, 100};
  spec.task.headline = "auroc";
  spec.cohort.labels = spec.task.labels;
  return std::make_unique<LabelTask>(std::move(spec));
}

REGISTER_TASK("prognosis/template", Make);

}  // namespace
}  // namespace asap
