// The files of a benchmark.
#ifndef ASAP_CORE_PAGE_BENCHMARK_REPORT_H_
#define ASAP_CORE_PAGE_BENCHMARK_REPORT_H_

#include <string>

#include "absl/status/status.h"
#include "core/benchmark/results.h"
#include "core/page/benchmark/page.h"

namespace asap {

// Writes results.json, index.html, table.md and junit.xml into the folder, which exists.
absl::Status WriteBenchmarkReport(const std::string& folder, const BenchmarkResults& results,
                                  const BenchmarkPageOptions& options);

}  // namespace asap

#endif  // ASAP_CORE_PAGE_BENCHMARK_REPORT_H_
