// What the main table says, in whatever format it is written.
#ifndef ASAP_CORE_PAGE_BENCHMARK_HEADLINE_H_
#define ASAP_CORE_PAGE_BENCHMARK_HEADLINE_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/benchmark/results.h"

namespace asap {

// The headline metric of one task, cohort and label fraction.
struct HeadlineRow {
  const TaskSpec* task = nullptr;
  std::string cohort;
  bool external = false;  // tested on another dataset than the task's
  double fraction = 100;
  Metric metric;
  std::vector<const ScoreRow*> cells;      // one an encoder, as in BenchmarkResults; null where it was not measured
  int best = -1;                           // of cells; -1 where none has a value
  bool significant = false;                // the best one beats each encoder that it was compared with, at least one
  int64_t rows = 0, patients = 0;          // of the test cohort
  std::vector<std::string> digests;        // of the splits, each once
  bool unlike_splits = false;              // encoders had different splits for the same seed: no fair comparison
  std::set<std::string> undefined_labels;  // without a value of the headline metric, for any encoder
  int64_t undefined_resamples = 0;         // of the bootstrap, over all encoders
};

inline constexpr double kSignificance = 0.05;

// Tasks in their order; in each the internal cohort before the external ones, fractions rising.
std::vector<HeadlineRow> HeadlineRows(const BenchmarkResults& results);

enum class Verdict { kWin, kTie, kLoss };  // of ComparisonRow's encoder; a tie is a difference that was not shown
Verdict VerdictOf(const ComparisonRow& row);
std::string VerdictInWords(const ComparisonRow& row);  // "asap wins", "tie", "asap loses"

// "kind/dataset", or "kind/dataset → elsewhere" for an external cohort.
std::string TaskAndCohort(const std::string& task, const std::string& cohort, bool external);
bool IsExternal(const TaskSpec& task, const std::string& cohort);
const TaskSpec* FindTask(const BenchmarkResults& results, const std::string& name);  // null where there is none
// By task in their order, the internal cohort first, fractions rising; else as they were.
std::vector<ComparisonRow> ComparisonsInOrder(const BenchmarkResults& results);
// "asap: 3 wins, 4 ties, 1 loss against random": a sentence for each pair of encoders.
std::vector<std::string> VerdictCounts(const BenchmarkResults& results);

}  // namespace asap

#endif  // ASAP_CORE_PAGE_BENCHMARK_HEADLINE_H_
