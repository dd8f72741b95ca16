// What a benchmark says: scores with intervals, comparisons with p-values, and beside each number what it was measured on. This
// is results.json; docs/reference/benchmark-results.md documents the file field by field.
#ifndef ASAP_CORE_BENCHMARK_RESULTS_H_
#define ASAP_CORE_BENCHMARK_RESULTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/benchmark/run.h"
#include "core/task.h"

namespace asap {

// One metric of one encoder on one task, over all seeds.
struct ScoreRow {
  std::string encoder, task;
  std::string cohort;  // the dataset of the test cases; an external one's name where it is not the task's
  double fraction = 100;
  Metric metric;
  std::string label;  // empty: the whole task
  bool headline = false;
  std::optional<double> value;      // mean over seeds; none where undefined
  std::optional<double> low, high;  // 95 %: bootstrap over patients
  std::optional<double> sd;         // over seeds; none for one seed
  std::vector<std::optional<double>> by_seed;
  int64_t undefined_resamples = 0;            // of the bootstrap's
  std::optional<Interval> closed_form;        // of the first seed, where the score has one: a cross-check
  int64_t rows = 0, cases = 0, patients = 0;  // that it was computed of: not those whose label is unknown
};

// Two encoders on the same cases: paired bootstrap over patients of the headline metric.
struct ComparisonRow {
  std::string task, cohort;
  Metric metric;
  double fraction = 100;
  std::string encoder, baseline;
  double difference = 0, low = 0, high = 0;  // encoder - baseline, 95 %
  double effect = 0;                         // difference over its bootstrap standard error
  double p = 1, p_holm = 1;                  // two-sided; Holm over the tasks of one fraction
};

struct Measured {
  std::string name, digest;
  std::string kind;  // "asap", "random", "features"
};

// How far a dataset lies from the first encoder's pre-training data or, without those, from the benchmark's first dataset.
struct ShiftRow {
  std::string dataset, reference;
  std::optional<double> hu_wasserstein;  // HU
  std::optional<double> frechet;         // of features
  std::vector<double> spacing_mm;        // median along R, A, S
};

struct BenchmarkResults {
  std::string created;  // UTC
  std::string machine;
  std::string release;  // version of the program that wrote it
  std::string commit;   // of the build
  std::string command;  // a flagfile that reproduces it
  Protocol protocol = Protocol::kStrict;
  std::string data;  // "phantom" or the folder's name
  std::vector<Measured> encoders;
  std::vector<TaskSpec> tasks;
  std::vector<DatasetCard> cards;  // of the tasks' and the external datasets
  std::vector<Run> runs;
  std::vector<ScoreRow> scores;
  std::vector<ComparisonRow> comparisons;
  std::vector<ShiftRow> shift;
  std::vector<std::string> failures;  // runs that failed: key and message
  std::vector<NotApplicable> not_applicable;
  std::vector<std::string> warnings;  // each once
};

inline constexpr int kResultsVersion = 3;

// results.json: all but the runs' rows, which stay in the runs' files and are named here.
std::string ResultsJson(const BenchmarkResults& results);

}  // namespace asap

#endif  // ASAP_CORE_BENCHMARK_RESULTS_H_
