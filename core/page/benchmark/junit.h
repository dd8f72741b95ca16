// A benchmark as JUnit XML, which continuous integration shows: a suite for each encoder and task, a case for each run and each
// headline score. A run that failed is a failure, an undefined score is skipped.
#ifndef ASAP_CORE_PAGE_BENCHMARK_JUNIT_H_
#define ASAP_CORE_PAGE_BENCHMARK_JUNIT_H_

#include <string>

#include "core/benchmark/results.h"

namespace asap {

std::string BenchmarkJunit(const BenchmarkResults& results);

}  // namespace asap

#endif  // ASAP_CORE_PAGE_BENCHMARK_JUNIT_H_
