// Where a training run stands, on standard error.
#ifndef ASAP_CORE_TRAIN_PROGRESS_H_
#define ASAP_CORE_TRAIN_PROGRESS_H_

#include <cstdint>
#include <string>

#include "core/base/progress_line.h"
#include "core/train/step_record.h"

namespace asap {

// "step  120/600 [######------------------------]  20%  eta 1m42s  loss 9.1 = image 1.2 + report 7.9  lr 1.5e-04  12.1 samples/s
// wait 3%  mem 1.2G". `eta_seconds` < 0: not known.
std::string StepLine(const StepRecord& record, int64_t total_steps, double eta_seconds);

class Progress {
 public:
  // `first_step`: steps that were done before this run.
  Progress(const ProgressOptions& options, int64_t first_step, int64_t total_steps)
      : first_step_(first_step), total_steps_(total_steps), line_(options) {}

  void Update(const StepRecord& record);
  // The last record, shown whatever the time.
  void Finish() { line_.Finish(); }

 private:
  const int64_t first_step_, total_steps_;
  ProgressLine line_;
  double samples_per_second_ = 0;  // smoothed
};

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_PROGRESS_H_
