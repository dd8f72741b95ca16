// The benchmark's page: one HTML file that needs nothing else and no network. Tables need no script; plots are drawn by Chart.js,
// which the page carries. Light and dark, for the screen and for paper.
#ifndef ASAP_CORE_PAGE_BENCHMARK_PAGE_H_
#define ASAP_CORE_PAGE_BENCHMARK_PAGE_H_

#include <string>

#include "core/benchmark/results.h"
#include "core/page/benchmark/page_options.h"

namespace asap {

std::string BenchmarkPage(const BenchmarkResults& results, const BenchmarkPageOptions& options);

}  // namespace asap

#endif  // ASAP_CORE_PAGE_BENCHMARK_PAGE_H_
