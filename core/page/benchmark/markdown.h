// The headline table as Markdown, for a repository or a message.
#ifndef ASAP_CORE_PAGE_BENCHMARK_MARKDOWN_H_
#define ASAP_CORE_PAGE_BENCHMARK_MARKDOWN_H_

#include <string>

#include "core/benchmark/results.h"

namespace asap {

std::string BenchmarkMarkdown(const BenchmarkResults& results);

}  // namespace asap

#endif  // ASAP_CORE_PAGE_BENCHMARK_MARKDOWN_H_
