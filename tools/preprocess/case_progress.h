// A line of progress with the time left, for runs over many cases.
#ifndef ASAP_TOOLS_PREPROCESS_CASE_PROGRESS_H_
#define ASAP_TOOLS_PREPROCESS_CASE_PROGRESS_H_

#include <cstddef>
#include <cstdio>
#include <mutex>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace asap {

// "12/40 cases, 1 skipped, 8.5 cases/min, 3m20s left", every two seconds and at the end.
class CaseProgress {
 public:
  explicit CaseProgress(size_t total) : total_(total), start_(absl::Now()) {}

  void Count(bool skipped, bool fresh) {
    const std::lock_guard lock(mutex_);
    ++counted_;
    skipped_ += skipped;
    fresh_ += fresh;
    const absl::Time now = absl::Now();
    if (counted_ < total_ && now - last_ < absl::Seconds(2)) return;
    last_ = now;
    const double minutes = absl::ToDoubleMinutes(now - start_);
    std::string line = absl::StrFormat("%d/%d cases, %d skipped", counted_, total_, skipped_);
    if (fresh_ > 0 && minutes > 0) {
      // Cases that an earlier run did take no time, so that the rate counts this run's alone.
      const double rate = static_cast<double>(fresh_) / minutes;
      const absl::Duration left = absl::Minutes(static_cast<double>(total_ - counted_) / rate);
      absl::StrAppend(
          &line, absl::StrFormat(", %.1f cases/min, %s left", rate, absl::FormatDuration(absl::Trunc(left, absl::Seconds(1)))));
    }
    std::fprintf(stderr, "%s\n", line.c_str());
  }

 private:
  std::mutex mutex_;  // guards what follows
  const size_t total_;
  const absl::Time start_;
  absl::Time last_ = absl::Now();
  size_t counted_ = 0;
  size_t skipped_ = 0;
  size_t fresh_ = 0;
};

}  // namespace asap

#endif  // ASAP_TOOLS_PREPROCESS_CASE_PROGRESS_H_
