// The task plug-in: one downstream measurement of an encoder.
//
// A task declares a spec, which is checked before any data is read; Run fits what the task fits for one label fraction and one
// seed and returns rows and columns of what it was tested on; Scores turns them into metrics; Show adds to the page what all
// tasks' tables do not say. Because a run keeps its rows, every metric, interval and comparison is computed from files, never
// from another run. A task's kind gives columns their meaning and stands in a folder of its own; nothing here knows one.
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

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/cohort.h"
#include "core/dataset.h"
#include "core/registry.h"
#include "core/score.h"

namespace asap {

class MeasuredEncoder;  // core/benchmark/measured_encoder.h: left out here, so that reports compile without tensors
class PageSection;      // core/page/section.h: left out here, so that tasks without a section compile without pages
struct ShownTask;       // core/page/shown_task.h

// What a task asks of an encoder. A file of features can only be kFeatures: other pairs are not applicable, which is no failure.
enum class EncoderUse {
  kFeatures,        // pooled features of cases
  kFrozenNetwork,   // tokens of a network that stays as it is
  kTrainedNetwork,  // a network of its own, which it trains
};
std::string EncoderUseName(EncoderUse use);  // "features", "frozen network", "trained network"

// A setting of a task's own, which --task_options changes: declared, listed by --help_tasks, checked, and part of what a run is.
struct TaskParameter {
  std::string value;  // the default
  std::string help;   // what it does, in a sentence
  // What it may be: one of these, or a number within these bounds; any text where both are empty.
  std::vector<std::string> choices;
  std::optional<std::pair<double, double>> range;
};

// The size of tasks that train a network: `quick` takes at most 40 s a run on two cores, `full` is what a claim rests on.
TaskParameter SizeParameter();
inline constexpr char kSizeParameter[] = "size";

// Declared by every task.
struct TaskSpec {
  std::string name;                                            // "kind/dataset"
  std::string title;                                           // what is measured, in a few words
  std::string dataset;                                         // registered name
  std::string outcome;                                         // in words: "several labels, yes or no", "a mask of 13 organs"
  std::vector<std::string> labels;                             // their order in tables and plots; may be empty
  std::vector<double> fractions = {100};                       // per cent of the training labels
  std::string headline;                                        // name of the metric of the first of Scores, as "auroc"
  std::vector<std::string> external_datasets;                  // tested with the model that was trained on `dataset`
  std::vector<std::pair<std::string, std::string>> protocols;  // name, how it trains and selects: for the reference page
  EncoderUse encoder = EncoderUse::kFeatures;
  bool alone = false;  // one run at a time, with all threads and the device
  int version = 1;     // raised when equal inputs give other numbers: earlier runs then do not count
  std::map<std::string, TaskParameter> parameters;
};

// InvalidArgument that names the task and what is wrong with its spec.
absl::Status ValidateSpec(const TaskSpec& spec);

// The spec's parameters with those of `given` in place of defaults; others of `given` are left out, since they may be another
// task's. InvalidArgument, naming the task, the parameter and what it may be, for a value that it cannot have.
absl::StatusOr<std::map<std::string, std::string>> ResolveParameters(const TaskSpec& spec,
                                                                     const std::map<std::string, std::string>& given);

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
  std::map<std::string, std::string> parameters;  // all that the spec declares
  // The run's own folder, absolute, kept while what it measures is the same: checkpoints, masks, pictures. Work that was cut off
  // goes on from it. Empty in tests that keep nothing.
  std::string folder;
  std::string device = "cpu";  // where networks compute: "cpu", "cuda", "cuda:1"
  int threads = 1;             // that the run may keep busy
  // Opens a dataset by its registered name, resampled for the encoder.
  std::function<absl::StatusOr<std::unique_ptr<Dataset>>(const std::string& name)> open_dataset;
  // Told what is being done; `total` 0 where it is not known. False: stop with Cancelled. May be null.
  std::function<bool(const std::string& stage, int64_t done, int64_t total)> progress;

  // The parameter as a number; the spec's range has been checked. Programmer's error where the spec does not declare it.
  double Number(const std::string& parameter) const;
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

class Task {
 public:
  virtual ~Task() = default;
  virtual const TaskSpec& spec() const = 0;
  virtual absl::StatusOr<TaskResult> Run(MeasuredEncoder& encoder, const TaskContext& context) const = 0;
  // The metrics of a cohort that Run made, the headline first; the cohort may be gone when statistics are asked. Labels or
  // metrics that these rows do not define stay in the list; their statistic says nullopt. Also of an empty cohort: then it is
  // what the task measures.
  virtual std::vector<Score> Scores(const Cohort& cohort) const = 0;
  // What the page shows of one cohort beyond all tasks' tables, intervals and label bars: nothing by default.
  virtual void Show(const ShownTask& shown, PageSection& section) const {}
};

using TaskFactory = std::function<std::unique_ptr<Task>()>;

}  // namespace asap

// The last line of a plug-in: REGISTER_TASK("kind/dataset", Make);
#define REGISTER_TASK(name, factory) ASAP_REGISTER(::asap::TaskFactory, "task", name, factory)

#endif  // ASAP_CORE_TASK_H_
