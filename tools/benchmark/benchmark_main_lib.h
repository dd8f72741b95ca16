// tools:benchmark: measures encoders on downstream tasks.
#ifndef ASAP_TOOLS_BENCHMARK_BENCHMARK_MAIN_LIB_H_
#define ASAP_TOOLS_BENCHMARK_BENCHMARK_MAIN_LIB_H_

#include "absl/status/status.h"
#include "tools/cli/cli.h"

namespace asap {

ToolHelp BenchmarkHelp();
absl::Status BenchmarkMain();

}  // namespace asap

#endif  // ASAP_TOOLS_BENCHMARK_BENCHMARK_MAIN_LIB_H_
