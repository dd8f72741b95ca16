// Learning rate over time: linear warm-up, then half a cosine down to a minimum, at the grain of single steps.
//
//   Schedule in_epochs{.peak = 1.5e-4, .warmup = 20, .horizon = 200};
//   rate = in_epochs.At(epoch + done_in_epoch / double(batches_per_epoch));
//   Schedule in_steps{.peak = 1e-3, .warmup = 50, .horizon = 600};
//   rate = in_steps.At(step);
//
// Time has the unit that the caller chooses, as long as warm-up, horizon and argument share it.
#ifndef ASAP_CORE_TRAIN_SCHEDULE_H_
#define ASAP_CORE_TRAIN_SCHEDULE_H_

#include "absl/status/status.h"

namespace asap {

struct Schedule {
  double peak = 0;     // the rate at the end of the warm-up
  double minimum = 0;  // the rate at the horizon and after it
  double warmup = 0;   // 0 starts at the peak
  double horizon = 1;  // where the cosine ends

  // peak t / warmup for t < warmup, then minimum + (peak - minimum) (1 + cos(pi (t - warmup) / (horizon - warmup))) / 2. A
  // warm-up starts at 0: the first update of a run moves nothing but the optimiser's moments, as in MAE (He et al., 2022).
  double At(double time) const;

  // InvalidArgument, naming the number, for rates or times that make no schedule.
  absl::Status Validate() const;
};

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_SCHEDULE_H_
