// Where work stands: one live line on a terminal, elsewhere a plain line every few seconds.
//
//   ProgressLine line(ProgressToStandardError());
//   for (...) line.Show(absl::StrCat(done, " of ", total, "  eta ", ShortDuration(line.PaceOf(done, total -
//   done).seconds_left))); line.Finish();
#ifndef ASAP_CORE_BASE_PROGRESS_LINE_H_
#define ASAP_CORE_BASE_PROGRESS_LINE_H_

#include <cstdint>
#include <cstdio>
#include <functional>
#include <mutex>
#include <string>

namespace asap {

struct ProgressOptions {
  std::FILE* out = stderr;          // null: nothing is shown, where the caller tells of progress itself
  bool terminal = false;            // whether `out` is one
  double every_seconds = 5;         // between plain lines; a terminal is redrawn up to ten times a second
  std::function<double()> seconds;  // the clock; null: the machine's
};

// Live where standard error is a terminal.
ProgressOptions ProgressToStandardError();

// "1h02m", "2m05s", "12s"; "?" where negative, which is how an unknown time is given.
std::string ShortDuration(double seconds);

struct Pace {
  double per_second = 0;     // 0: nothing is done yet
  double seconds_left = -1;  // negative: not known
};

// Thread-safe. The process has one terminal and so one live line: a second one that is shown takes the place of the first.
class ProgressLine {
 public:
  explicit ProgressLine(ProgressOptions options);
  // Finishes.
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // How fast `fresh` units of work went since the line was made, and how long `left` more of them will take. What an earlier run
  // did took no time: it is neither.
  Pace PaceOf(int64_t fresh, int64_t left) const;

  // Shows `text`, or keeps it for later where the line before is too recent.
  void Show(std::string text);
  // The last text, shown whatever the time, stays as the final line.
  void Finish();
  // Nothing stays: neither the live line nor a text that was kept.
  void Clear();

 private:
  friend class AboveProgress;
  double Now() const;
  void Draw();
  void Erase();

  const ProgressOptions options_;
  const double start_;
  // The terminal's lock guards what follows.
  double shown_;
  std::string text_;
  bool pending_ = false;  // whether text_ is still to be shown
};

// As long as one lives, no progress line is drawn, and what others write to the terminal stands above the live one.
class AboveProgress {
 public:
  AboveProgress();
  ~AboveProgress();

 private:
  std::lock_guard<std::mutex> lock_;
  ProgressLine* const line_;  // which is drawn again afterwards; may be null
};

}  // namespace asap

#endif  // ASAP_CORE_BASE_PROGRESS_LINE_H_
