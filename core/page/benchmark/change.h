// What changed against an earlier benchmark, of which a repository keeps the headline scores.
//
//   WriteFileAtomically("baseline.json", BaselineJson(results));                   // once
//   std::cout << *ChangeAgainstBaseline(results, *ReadFile("baseline.json"));      // after each change
//
// A baseline is {"format": "asap-benchmark-baseline", "version": 1, "created", "machine", "protocol", "data", "scores": [{"task",
// "cohort", "fraction", "encoder", "metric", "title", "higher_is_better", "value", "low", "high"}, ...]}; numbers are null where
// undefined.
#ifndef ASAP_CORE_PAGE_BENCHMARK_CHANGE_H_
#define ASAP_CORE_PAGE_BENCHMARK_CHANGE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/benchmark/results.h"

namespace asap {

// The headline scores, one a line, so that a change of the file shows what changed.
std::string BaselineJson(const BenchmarkResults& results);

// A table for a terminal: old, new, difference, and whether the new value lies outside the old interval; then a sentence that
// counts them. Scores that only one side has are named. InvalidArgument where the text is no baseline, or is of another protocol
// or data.
absl::StatusOr<std::string> ChangeAgainstBaseline(const BenchmarkResults& results, absl::string_view baseline_json);

}  // namespace asap

#endif  // ASAP_CORE_PAGE_BENCHMARK_CHANGE_H_
