// Where a training run stands, on standard error: one live line on a terminal, elsewhere a plain line every few seconds.
#ifndef ASAP_CORE_TRAIN_PROGRESS_H_
#define ASAP_CORE_TRAIN_PROGRESS_H_

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

#include "core/train/step_record.h"

namespace asap {

struct ProgressOptions {
  std::FILE* out = stderr;
  bool terminal = false;      // whether `out` is one
  double every_seconds = 10;  // between plain lines; a terminal is redrawn up to ten times a second
};

// Live where standard error is a terminal.
ProgressOptions ProgressToStandardError();

// "step  120/600 [######------------------------]  20%  eta 1m42s  loss 9.1 = image 1.2 + report 7.9  lr 1.5e-04  12.1 samples/s
// wait 3%  mem 1.2G". `eta_seconds` < 0: not known.
std::string ProgressLine(const StepRecord& record, int64_t total_steps, double eta_seconds);

// "1h02m", "2m05s", "12s".
std::string ShortDuration(double seconds);

class Progress {
 public:
  // `first_step`: steps that were done before this run.
  Progress(const ProgressOptions& options, int64_t first_step, int64_t total_steps);
  // Ends the live line.
  ~Progress();

  void Update(const StepRecord& record);
  // The last record, shown whatever the time.
  void Finish();

 private:
  using Clock = std::chrono::steady_clock;
  void Show();

  const ProgressOptions options_;
  const int64_t first_step_, total_steps_;
  const Clock::time_point start_;
  Clock::time_point shown_;
  StepRecord record_;
  double samples_per_second_ = 0;  // smoothed
  bool pending_ = false, live_ = false;
};

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_PROGRESS_H_
