// LUNA16 (Setio et al., 2017): whether a scan holds an annotated lung nodule.
#include "tasks/classification/classification.h"

namespace asap {
namespace {

std::unique_ptr<Task> Make() {
  // At 1 % a list was published (6 scans), but no hyper-parameters: those of 10 % stand in.
  return MakeClassification({.name = "classification/luna16",
                             .title = "lung nodule",
                             .dataset = "luna16",
                             .labels = {"nodule"},
                             .paper = {{.fraction = 1,
                                        .batch = 31,
                                        .steps = 500,
                                        .warmup = 40,
                                        .learning_rate = 1.5e-3,
                                        .weight_decay = 1e-2,
                                        .patience = 40,
                                        .start_epoch = 10},
                                       {.fraction = 10,
                                        .batch = 31,
                                        .steps = 500,
                                        .warmup = 40,
                                        .learning_rate = 1.5e-3,
                                        .weight_decay = 1e-2,
                                        .patience = 40,
                                        .start_epoch = 10},
                                       {.fraction = 100,
                                        .batch = 128,
                                        .steps = 2000,
                                        .warmup = 200,
                                        .learning_rate = 3e-2,
                                        .weight_decay = 1e-5,
                                        .patience = 40,
                                        .start_epoch = 10}}});
}

REGISTER_TASK("classification/luna16", Make);

}  // namespace
}  // namespace asap
