// The cases that cost an encoder most, as pictures with what it said and what was true.
#ifndef ASAP_CORE_PAGE_BENCHMARK_WORST_CASES_H_
#define ASAP_CORE_PAGE_BENCHMARK_WORST_CASES_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "core/benchmark/results.h"
#include "core/html/html.h"
#include "core/io/png.h"

namespace asap {

// A picture of one case of a dataset by its registered name, at most a few hundred pixels wide.
using PictureOf = std::function<absl::StatusOr<RgbImage>(const std::string& dataset, const std::string& case_id)>;

// The `count` cases of greatest loss of the first encoder that has run the task, on the task's own test cohort. `picture` may be
// null; a case whose picture fails is shown without. Cases are named by their ids, never by patient.
Html WorstCases(const BenchmarkResults& results, const TaskSpec& task, int count, const PictureOf& picture);

}  // namespace asap

#endif  // ASAP_CORE_PAGE_BENCHMARK_WORST_CASES_H_
