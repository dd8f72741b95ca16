// The task plug-in: one downstream measurement of an encoder.
//
// A task declares a spec, which is checked before any data is read; Run fits what the task fits for one label fraction and one
// seed and returns the scores of every test case; Scores turns cases into metrics. Because a run keeps its cases, every metric,
// interval and comparison is computed from files, never from another run.
#ifndef ASAP_CORE_TASK_H_
#define ASAP_CORE_TASK_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/dataset.h"
#include "core/registry.h"

namespace asap {

class MeasuredEncoder;  // core/benchmark/measured_encoder.h: left out here, so that reports compile without tensors

// What a task predicts of a case; it decides which curves a report draws.
enum class Outcome {
  kBinary,      // one label, 0 or 1
  kMultilabel,  // several of them
  kMulticlass,  // one of several classes
  kSurvival,    // an event by one of several horizons
};

// Declared by every task.
struct TaskSpec {
  std::string name;     // "kind/dataset", as "classification/stoic"
  std::string title;    // what is measured, in a few words
  std::string dataset;  // registered name
  Outcome outcome = Outcome::kMultilabel;
  std::vector<std::string> labels;                             // keys of CaseResult's scores and truth; classes where kMulticlass
  std::vector<double> fractions = {100};                       // per cent of the training labels
  std::string headline;                                        // metric of the first of Scores, as "auroc"
  std::vector<std::string> external_datasets;                  // tested with the model that was trained on `dataset`
  std::vector<std::pair<std::string, std::string>> protocols;  // name, how it trains and selects: for the reference page
};

// InvalidArgument that names the task and what is wrong with its spec.
absl::Status ValidateSpec(const TaskSpec& spec);

enum class Protocol {
  kStrict,  // nothing is chosen on test data; patients never cross splits
  kPaper,   // splits, hyper-parameters and quirks as published
};
std::string ProtocolName(Protocol protocol);
absl::StatusOr<Protocol> ParseProtocol(const std::string& name);

// What a run is given besides the encoder.
struct TaskContext {
  Protocol protocol = Protocol::kStrict;
  double fraction = 100;  // per cent
  uint64_t seed = 0;
  std::string splits;  // folder of the published split lists (their Benchmark/); empty: the documented rule
  // Opens a dataset by its registered name, resampled for the encoder.
  std::function<absl::StatusOr<std::unique_ptr<Dataset>>(const std::string& name)> open_dataset;
  // Of augmented copies of each training case to cache; 0: the centre crop alone.
  int64_t views = 0;
  // Told what is being done; `total` 0 where it is not known. False: stop with Cancelled. May be null.
  std::function<bool(const std::string& stage, int64_t done, int64_t total)> progress;
};

// Scores of one case, from which every metric and interval is computed.
struct CaseResult {
  std::string case_id;
  std::string patient;  // equal for cases of one patient; a digest, not who it is
  std::map<std::string, double> scores;
  std::map<std::string, double> truth;  // a missing key is an unknown label
};

// The cases of one dataset that a model was tested on.
struct Cohort {
  std::string dataset;
  std::vector<CaseResult> cases;
};

struct SplitFacts {
  std::string origin;  // "published lists", "the dataset's own split", "by patient, seed 2026"
  std::string digest;  // SHA-256 of the three lists of case ids
  int64_t train_cases = 0, train_patients = 0;
  int64_t valid_cases = 0, valid_patients = 0;
  int64_t test_cases = 0, test_patients = 0;
};

struct TaskResult {
  Cohort test;
  std::vector<Cohort> external;
  SplitFacts split;
  std::vector<std::pair<std::string, std::string>> choices;  // made on validation data: learning rate, pooling, epoch
  std::vector<std::string> warnings;                         // what a reader of the numbers has to know
};

// A number computed of cases, each weighted: all weights 1 give its value, a bootstrap's multiplicities one resample's. nullopt
// where it is undefined, as an AUROC without positive cases.
using Statistic = std::function<std::optional<double>(absl::Span<const double> weights)>;

struct Score {
  std::string metric;  // "auroc"
  std::string label;   // one of the task's, or empty for the whole
  Statistic statistic;
  bool higher_is_better = true;
};

class Task {
 public:
  virtual ~Task() = default;
  virtual const TaskSpec& spec() const = 0;
  virtual absl::StatusOr<TaskResult> Run(MeasuredEncoder& encoder, const TaskContext& context) const = 0;
  // The metrics of cases that Run made, the headline first. Labels or metrics that these cases do not define stay in the list;
  // their statistic says nullopt.
  virtual std::vector<Score> Scores(absl::Span<const CaseResult> cases) const = 0;
};

using TaskFactory = std::function<std::unique_ptr<Task>()>;

}  // namespace asap

// The last line of a plug-in: REGISTER_TASK("classification/stoic", MakeStoic);
#define REGISTER_TASK(name, factory) ASAP_REGISTER(::asap::TaskFactory, "task", name, factory)

#endif  // ASAP_CORE_TASK_H_
