// "120 of 400 cases, 31.2 cases/s, 9 s left", on one line of standard error, once a second.
#ifndef ASAP_TOOLS_CLI_PROGRESS_LINE_H_
#define ASAP_TOOLS_CLI_PROGRESS_LINE_H_

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>

namespace asap {

class ProgressLine {
 public:
  explicit ProgressLine(int64_t total) : total_(total), start_(Clock::now()), last_(start_) {}

  // From one thread at a time. The last call, with the total, ends the line.
  void operator()(int64_t done) {
    const Clock::time_point now = Clock::now();
    if (done < total_ && now - last_ < std::chrono::seconds(1)) return;
    last_ = now;
    const double seconds = std::max(1e-3, std::chrono::duration<double>(now - start_).count());
    const double rate = static_cast<double>(done) / seconds;
    std::fprintf(stderr, "\r%lld of %lld cases, %.1f cases/s, %.0f s left  %s", static_cast<long long>(done),
                 static_cast<long long>(total_), rate, static_cast<double>(total_ - done) / rate, done == total_ ? "\n" : "");
  }

 private:
  using Clock = std::chrono::steady_clock;
  const int64_t total_;
  const Clock::time_point start_;
  Clock::time_point last_;
};

}  // namespace asap

#endif  // ASAP_TOOLS_CLI_PROGRESS_LINE_H_
