// Progress of a tool over the cases of a dataset, on standard error.
#ifndef ASAP_TOOLS_CLI_CASE_PROGRESS_H_
#define ASAP_TOOLS_CLI_CASE_PROGRESS_H_

#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

#include "core/base/progress_line.h"

namespace asap {

// "120 of 400 cases, 1 skipped, 8.5 cases/min, 3m20s left", behind `words`.
class CaseProgress {
 public:
  explicit CaseProgress(int64_t total, std::string words = "", ProgressOptions options = ProgressToStandardError())
      : total_(total), words_(std::move(words)), line_(std::move(options)) {}

  // One more case, from any thread. One that is not `fresh` was done by an earlier run and took no time.
  void Count(bool skipped, bool fresh);
  // `done` cases by now, all of them by this run; for work that counts by itself.
  void Reach(int64_t done);

  // What was shown last stays; the destructor does the same.
  void Finish() { line_.Finish(); }
  // Nothing stays: where what follows says how it ended.
  void Clear() { line_.Clear(); }

 private:
  void Show();

  const int64_t total_;
  const std::string words_;
  std::mutex mutex_;  // guards the numbers, and keeps the lines in their order
  int64_t counted_ = 0, skipped_ = 0, fresh_ = 0;
  ProgressLine line_;
};

}  // namespace asap

#endif  // ASAP_TOOLS_CLI_CASE_PROGRESS_H_
