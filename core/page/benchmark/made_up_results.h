// A benchmark that was never run, for tests of the report: four tasks of all outcomes, three encoders, external cohorts, and
// names and values that break careless writers.
#ifndef ASAP_CORE_PAGE_BENCHMARK_MADE_UP_RESULTS_H_
#define ASAP_CORE_PAGE_BENCHMARK_MADE_UP_RESULTS_H_

#include "core/benchmark/results.h"

namespace asap {

// Text that breaks out of HTML, attributes, XML, scripts and Markdown where it is not escaped.
inline constexpr char kAwkward[] = "a<b & \"c\" 'd' | </script><i>{{data}}";

BenchmarkResults MadeUpResults();

// One encoder, one seed, one task of one label; no intervals, comparisons, cards or cases.
BenchmarkResults LeastResults();

}  // namespace asap

#endif  // ASAP_CORE_PAGE_BENCHMARK_MADE_UP_RESULTS_H_
