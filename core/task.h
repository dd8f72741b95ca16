// The task plug-in: one downstream measurement of an encoder.
#ifndef ASAP_CORE_TASK_H_
#define ASAP_CORE_TASK_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/dataset.h"
#include "core/encoder.h"
#include "core/registry.h"

namespace asap {

// Declared by every task and validated before any data is read.
struct TaskSpec {
  std::string name;     // "kind/dataset", e.g. "classification/stoic"
  std::string dataset;  // registered dataset name
  std::vector<std::string> label_names;
  std::vector<double> label_fractions = {100};  // per cent of the training labels
  std::string headline_metric;                  // e.g. "auroc"
  std::vector<std::string> external_datasets;   // evaluated with the model trained on `dataset`
};

// What a run is given besides the encoder.
struct TaskContext {
  std::string protocol = "strict";  // or "paper": the published splits and hyper-parameters
  double label_fraction = 100;      // per cent
  uint64_t seed = 0;
  DatasetOptions data;
  std::string output_dir;  // for resumable state
};

// Scores of one case, from which every metric and interval is computed.
struct CaseResult {
  std::string case_id;
  std::string patient;
  std::map<std::string, double> scores;
  std::map<std::string, double> truth;
};

class Task {
 public:
  virtual ~Task() = default;
  virtual const TaskSpec& spec() const = 0;
  virtual absl::StatusOr<std::vector<CaseResult>> Run(Encoder& encoder, const TaskContext& context) = 0;
};

using TaskFactory = std::function<std::unique_ptr<Task>()>;

}  // namespace asap

#define REGISTER_TASK(name, factory) ASAP_REGISTER(::asap::TaskFactory, "task", name, factory)

#endif  // ASAP_CORE_TASK_H_
