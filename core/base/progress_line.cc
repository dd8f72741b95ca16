#include "core/base/progress_line.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace asap {
namespace {

constexpr double kRedrawSeconds = 0.1;

struct Terminal {
  std::mutex mutex;  // guards all lines
  ProgressLine* live = nullptr;
};

// Never destroyed: other threads may log until the end.
Terminal& TheTerminal() {
  static Terminal& terminal = *new Terminal();
  return terminal;
}

size_t TerminalWidth(std::FILE* out) {
  struct winsize size = {};
  return ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 120;
}

}  // namespace

ProgressOptions ProgressToStandardError() { return {.out = stderr, .terminal = isatty(STDERR_FILENO) == 1}; }

std::string ShortDuration(double seconds) {
  if (!(seconds >= 0)) return "?";
  const int64_t whole = std::llround(seconds);
  if (whole >= 3600) return absl::StrFormat("%dh%02dm", whole / 3600, whole / 60 % 60);
  if (whole >= 60) return absl::StrFormat("%dm%02ds", whole / 60, whole % 60);
  return absl::StrCat(whole, "s");
}

// A terminal has its first line at once, a file only where the work takes longer.
ProgressLine::ProgressLine(ProgressOptions options)
    : options_(std::move(options)),
      start_(Now()),
      shown_(options_.terminal ? -std::numeric_limits<double>::infinity() : start_) {}

ProgressLine::~ProgressLine() { Finish(); }

Pace ProgressLine::PaceOf(int64_t fresh, int64_t left) const {
  const double seconds = Now() - start_;
  if (fresh <= 0 || seconds <= 0) return {};
  const double rate = static_cast<double>(fresh) / seconds;
  return {.per_second = rate, .seconds_left = static_cast<double>(std::max<int64_t>(left, 0)) / rate};
}

void ProgressLine::Show(std::string text) {
  if (options_.out == nullptr) return;
  const std::lock_guard<std::mutex> lock(TheTerminal().mutex);
  text_ = std::move(text);
  pending_ = true;
  const double now = Now();
  if (now - shown_ < (options_.terminal ? kRedrawSeconds : options_.every_seconds)) return;
  shown_ = now;
  Draw();
}

void ProgressLine::Finish() {
  const std::lock_guard<std::mutex> lock(TheTerminal().mutex);
  if (pending_) Draw();
  if (TheTerminal().live != this) return;
  std::fputc('\n', options_.out);
  std::fflush(options_.out);
  TheTerminal().live = nullptr;
}

void ProgressLine::Clear() {
  const std::lock_guard<std::mutex> lock(TheTerminal().mutex);
  pending_ = false;
  if (TheTerminal().live == this) Erase();
}

double ProgressLine::Now() const {
  if (options_.seconds != nullptr) return options_.seconds();
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void ProgressLine::Draw() {
  pending_ = false;
  if (options_.terminal) {
    ProgressLine*& live = TheTerminal().live;
    if (live != nullptr && live != this) live->Erase();
    live = this;
    std::fprintf(options_.out, "\r%s\033[K", text_.substr(0, TerminalWidth(options_.out) - 1).c_str());
  } else {
    std::fprintf(options_.out, "%s\n", text_.c_str());
  }
  std::fflush(options_.out);
}

void ProgressLine::Erase() {
  std::fputs("\r\033[K", options_.out);
  std::fflush(options_.out);
  TheTerminal().live = nullptr;
}

AboveProgress::AboveProgress() : lock_(TheTerminal().mutex), line_(TheTerminal().live) {
  if (line_ != nullptr) line_->Erase();
}

AboveProgress::~AboveProgress() {
  if (line_ != nullptr) line_->Draw();
}

}  // namespace asap
