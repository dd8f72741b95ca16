// Classification tasks: a linear probe of frozen features. A plug-in is its declaration:
//
//   REGISTER_TASK("classification/stoic", [] {
//     return MakeClassification({.name = "classification/stoic", .title = "COVID-19", .dataset = "stoic",
//                                .labels = {"probCOVID"}, .fractions = {1, 10, 100}, .paper = {...}});
//   });
#ifndef ASAP_TASKS_CLASSIFICATION_CLASSIFICATION_H_
#define ASAP_TASKS_CLASSIFICATION_CLASSIFICATION_H_

#include <memory>
#include <string>
#include <vector>

#include "core/task.h"
#include "tasks/frozen/frozen_spec.h"

namespace asap {

struct ClassificationSpec {
  std::string name;   // "classification/..."
  std::string title;  // what is found, in a few words
  std::string dataset;
  std::vector<std::string> labels;  // keys of Dataset::Labels: each 0 or 1
  std::vector<double> fractions = {1, 10, 100};
  // Instead of yes/no labels, one label whose values 0, 1, ... are `labels` in their order: a key of Dataset::Labels.
  std::string class_label;
  std::vector<PaperTraining> paper;      // the published hyper-parameters, where there are any
  double drop_path = 0.1;                // of the published training
  bool noise = true;                     // whether the published augmentation has Gaussian noise
  std::vector<ExternalCohort> external;  // tested with the trained head as it is
};

std::unique_ptr<Task> MakeClassification(const ClassificationSpec& spec);

}  // namespace asap

#endif  // ASAP_TASKS_CLASSIFICATION_CLASSIFICATION_H_
