#include "core/page/benchmark/report.h"

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/page/benchmark/junit.h"
#include "core/page/benchmark/markdown.h"

namespace asap {

absl::Status WriteBenchmarkReport(const std::string& folder, const BenchmarkResults& results,
                                  const BenchmarkPageOptions& options) {
  ASAP_RETURN_IF_ERROR(WriteFileAtomically(absl::StrCat(folder, "/results.json"), ResultsJson(results)));
  ASAP_RETURN_IF_ERROR(WriteFileAtomically(absl::StrCat(folder, "/table.md"), BenchmarkMarkdown(results)));
  ASAP_RETURN_IF_ERROR(WriteFileAtomically(absl::StrCat(folder, "/junit.xml"), BenchmarkJunit(results)));
  return WriteFileAtomically(absl::StrCat(folder, "/index.html"), BenchmarkPage(results, options));
}

}  // namespace asap
