#include "tasks/classification/classification.h"

#include <utility>

#include "tasks/classification/class_task.h"
#include "tasks/frozen/label_task.h"

namespace asap {

std::unique_ptr<Task> MakeClassification(const ClassificationSpec& spec) {
  const bool exclusive = !spec.class_label.empty();
  FrozenSpec frozen;
  frozen.task.name = spec.name;
  frozen.task.title = spec.title;
  frozen.task.dataset = spec.dataset;
  frozen.task.outcome = exclusive                 ? "one of several classes"
                        : spec.labels.size() == 1 ? "yes or no"
                                                  : "several labels, yes or no";
  frozen.task.labels = spec.labels;
  frozen.task.fractions = spec.fractions;
  frozen.task.headline = exclusive ? "accuracy" : "auroc";
  frozen.cohort.labels = exclusive ? std::vector<std::string>{spec.class_label} : spec.labels;
  if (exclusive) frozen.cohort.classes = static_cast<int64_t>(spec.labels.size());
  frozen.cohort.lists = ListKind::kClassification;
  frozen.paper = spec.paper;
  frozen.drop_path = spec.drop_path;
  frozen.noise = spec.noise;
  frozen.external = spec.external;
  if (exclusive) return std::make_unique<ClassTask>(std::move(frozen));
  return std::make_unique<LabelTask>(std::move(frozen));
}

}  // namespace asap
