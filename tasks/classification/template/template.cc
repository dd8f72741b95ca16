// Say here what is found, in whom, and who labelled it.
#include "tasks/classification/classification.h"

namespace asap {
namespace {

std::unique_ptr<Task> Make() {
  return MakeClassification({
      .name = "classification/template",
      .title = "what is found",
      .dataset = "pairs",
      // Keys of the dataset's labels, each 0 or 1.
      .labels = {"Lung nodule"},
      // Per cent of the training labels.
      .fractions = {1, 10, 100},
  });
}

REGISTER_TASK("classification/template", Make);

}  // namespace
}  // namespace asap
