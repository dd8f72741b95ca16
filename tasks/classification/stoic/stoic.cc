// STOIC-2021 (Revel et al., 2021): COVID-19 of patients who were suspected of it.
#include "tasks/classification/classification.h"

namespace asap {
namespace {

std::unique_ptr<Task> Make() {
  return MakeClassification({.name = "classification/stoic",
                             .title = "COVID-19",
                             .dataset = "stoic",
                             .labels = {"probCOVID"},
                             .paper = {{.fraction = 1,
                                        .batch = 16,
                                        .steps = 100,
                                        .warmup = 20,
                                        .learning_rate = 1.5e-3,
                                        .weight_decay = 1e-2,
                                        .patience = 20,
                                        .start_epoch = 5},
                                       {.fraction = 10,
                                        .batch = 64,
                                        .steps = 1000,
                                        .warmup = 50,
                                        .learning_rate = 3e-3,
                                        .weight_decay = 1e-2,
                                        .patience = 20,
                                        .start_epoch = 10},
                                       {.fraction = 100,
                                        .batch = 64,
                                        .steps = 5000,
                                        .warmup = 300,
                                        .learning_rate = 3e-3,
                                        .weight_decay = 1e-2,
                                        .patience = 20,
                                        .start_epoch = 10}}});
}

REGISTER_TASK("classification/stoic", Make);

}  // namespace
}  // namespace asap
