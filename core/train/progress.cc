#include "core/train/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace asap {
namespace {

constexpr int kBarWidth = 30;
constexpr double kRedrawSeconds = 0.1;

double SecondsBetween(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

size_t TerminalWidth(std::FILE* out) {
  struct winsize size = {};
  return ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 120;
}

}  // namespace

ProgressOptions ProgressToStandardError() { return {.out = stderr, .terminal = isatty(STDERR_FILENO) == 1}; }

std::string ShortDuration(double seconds) {
  const int64_t whole = std::llround(std::max(seconds, 0.0));
  if (whole >= 3600) return absl::StrFormat("%dh%02dm", whole / 3600, whole / 60 % 60);
  if (whole >= 60) return absl::StrFormat("%dm%02ds", whole / 60, whole % 60);
  return absl::StrCat(whole, "s");
}

std::string ProgressLine(const StepRecord& record, int64_t total_steps, double eta_seconds) {
  const double done = total_steps > 0 ? std::clamp(static_cast<double>(record.step) / total_steps, 0.0, 1.0) : 1.0;
  const int filled = static_cast<int>(done * kBarWidth);
  std::vector<std::string> terms;
  for (const auto& [name, value] : record.terms) terms.push_back(absl::StrFormat("%s %.4g", name, value));
  const int width = static_cast<int>(absl::StrCat(total_steps).size());
  std::string line = absl::StrFormat(
      "step %*d/%d [%s%s] %3.0f%%  eta %s  loss %.4g = %s  lr %.2e  %.3g samples/s  wait %.0f%%  mem %.2gG", width, record.step,
      total_steps, std::string(filled, '#'), std::string(kBarWidth - filled, '-'), std::floor(100 * done),
      eta_seconds < 0 ? "?" : ShortDuration(eta_seconds), record.loss, absl::StrJoin(terms, " + "), record.learning_rate,
      record.samples_per_second, 100 * record.wait_share, static_cast<double>(record.peak_memory) / (int64_t{1} << 30));
  if (record.peak_device_memory > 0) {
    absl::StrAppendFormat(&line, " + %.3gG on the GPU", static_cast<double>(record.peak_device_memory) / (int64_t{1} << 30));
  }
  if (record.skipped > 0) absl::StrAppend(&line, "  skipped ", record.skipped);
  return line;
}

Progress::Progress(const ProgressOptions& options, int64_t first_step, int64_t total_steps)
    : options_(options), first_step_(first_step), total_steps_(total_steps), start_(Clock::now()), shown_(start_) {}

Progress::~Progress() {
  if (live_) std::fputc('\n', options_.out);
}

void Progress::Update(const StepRecord& record) {
  record_ = record;
  // A single step's speed jumps about; what is shown follows it over some ten steps.
  samples_per_second_ += (samples_per_second_ == 0 ? 1.0 : 0.1) * (record.samples_per_second - samples_per_second_);
  record_.samples_per_second = samples_per_second_;
  pending_ = true;
  if (SecondsBetween(shown_, Clock::now()) >= (options_.terminal ? kRedrawSeconds : options_.every_seconds)) Show();
}

void Progress::Finish() {
  if (pending_) Show();
}

void Progress::Show() {
  shown_ = Clock::now();
  pending_ = false;
  const int64_t done = record_.step - first_step_;
  const double eta = done > 0 ? SecondsBetween(start_, shown_) / done * (total_steps_ - record_.step) : -1;
  std::string line = ProgressLine(record_, total_steps_, eta);
  if (options_.terminal) {
    line.resize(std::min(line.size(), TerminalWidth(options_.out) - 1));
    std::fprintf(options_.out, "\r%s\033[K", line.c_str());
    live_ = true;
  } else {
    std::fprintf(options_.out, "%s\n", line.c_str());
  }
  std::fflush(options_.out);
}

}  // namespace asap
