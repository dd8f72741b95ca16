// Where a benchmark stands, on standard error: one live line on a terminal, elsewhere a line every few seconds.
#ifndef ASAP_TOOLS_BENCHMARK_STATUS_LINE_H_
#define ASAP_TOOLS_BENCHMARK_STATUS_LINE_H_

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <mutex>
#include <string>

namespace asap {

// Thread-safe.
class StatusLine {
 public:
  ~StatusLine() { Clear(); }

  void Show(const std::string& text) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (now - shown_ < (terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(10000))) return;
    shown_ = now;
    std::fprintf(stderr, terminal_ ? "\r\033[K%.*s" : "%.*s\n", terminal_ ? 150 : 400, text.c_str());
    live_ = terminal_;
  }

  // Ends the live line, before something else is printed.
  void Clear() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (live_) std::fprintf(stderr, "\r\033[K");
    live_ = false;
  }

 private:
  const bool terminal_ = ::isatty(2) == 1;
  std::mutex mutex_;  // guards what follows
  std::chrono::steady_clock::time_point shown_{};
  bool live_ = false;
};

}  // namespace asap

#endif  // ASAP_TOOLS_BENCHMARK_STATUS_LINE_H_
