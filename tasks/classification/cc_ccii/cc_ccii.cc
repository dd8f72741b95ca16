// CC-CCII (Zhang et al., 2020): COVID-19 (NCP), another pneumonia (CP), or neither. The published lists number the classes and do
// not name them; that 0, 1, 2 are these is inferred from their counts: see datasets/cc_ccii.
#include "tasks/classification/classification.h"

namespace asap {
namespace {

std::unique_ptr<Task> Make() {
  return MakeClassification({.name = "classification/cc_ccii",
                             .title = "kind of pneumonia",
                             .dataset = "cc_ccii",
                             .labels = {"Normal", "CP", "NCP"},
                             .class_label = "class",
                             .paper = {{.fraction = 1,
                                        .batch = 24,
                                        .steps = 600,
                                        .warmup = 80,
                                        .learning_rate = 1e-2,
                                        .weight_decay = 1e-2,
                                        .patience = 40,
                                        .start_epoch = 80},
                                       {.fraction = 10,
                                        .batch = 128,
                                        .steps = 2000,
                                        .warmup = 40,
                                        .learning_rate = 1e-2,
                                        .weight_decay = 1e-2,
                                        .patience = 40,
                                        .start_epoch = 80},
                                       {.fraction = 100,
                                        .batch = 128,
                                        .steps = 20000,
                                        .warmup = 200,
                                        .learning_rate = 1e-2,
                                        .weight_decay = 1e-2,
                                        .patience = 20,
                                        .start_epoch = 80}},
                             .drop_path = 0,
                             .noise = false});
}

REGISTER_TASK("classification/cc_ccii", Make);

}  // namespace
}  // namespace asap
