// The loop of a run over many cases: in parallel, with bounded memory, with progress on standard error.
#ifndef ASAP_TOOLS_PREPROCESS_WORK_ON_CASES_H_
#define ASAP_TOOLS_PREPROCESS_WORK_ON_CASES_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "core/base/log.h"
#include "tools/cli/case_progress.h"
#include "tools/preprocess/cases.h"
#include "tools/preprocess/memory_gate.h"

namespace asap {

// Calls `work` with each case's index once, from `threads` threads, as far as there is room for the bytes that `memory` says the
// case takes. A bad case is named and passed over where `skip_bad_cases`; otherwise it ends the work. `done_before`
// says of a result whether an earlier run did the case, which the time left does not count. The results are in the order of
// `cases`, whatever the order in which threads finish; an entry without value was not reached.
template <typename Result>
std::vector<std::optional<absl::StatusOr<Result>>> WorkOnCases(const std::vector<ScanCase>& cases, int threads,
                                                               bool skip_bad_cases, absl::FunctionRef<int64_t(size_t)> memory,
                                                               absl::FunctionRef<absl::StatusOr<Result>(size_t)> work,
                                                               absl::FunctionRef<bool(const Result&)> done_before) {
  std::vector<std::optional<absl::StatusOr<Result>>> results(cases.size());
  MemoryGate gate(FreeMemoryBudget());
  CaseProgress progress(static_cast<int64_t>(cases.size()));
  std::atomic<size_t> next{0};
  std::atomic<bool> stop{false};
  const auto run = [&] {
    for (size_t i = next++; i < cases.size() && !stop; i = next++) {
      const MemoryGate::Hold hold(gate, memory(i));
      absl::StatusOr<Result> result = work(i);
      const bool bad = !result.ok();
      if (bad && skip_bad_cases) LogWarning(absl::StrCat("skipped ", cases[i].id, ": ", result.status().message()));
      progress.Count(bad, bad || !done_before(*result));
      if (bad && !skip_bad_cases) stop = true;
      results[i] = std::move(result);
    }
  };
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back(run);
  run();
  for (std::thread& thread : others) thread.join();
  return results;
}

}  // namespace asap

#endif  // ASAP_TOOLS_PREPROCESS_WORK_ON_CASES_H_
