// The learning-rate factors of the published downstream training: linear warm-up, then a cosine that has no end.
#ifndef ASAP_CORE_TRAIN_WARMUP_COSINE_H_
#define ASAP_CORE_TRAIN_WARMUP_COSINE_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace asap {

// The factor of update number `step` = 0, 1, ... (a head on a frozen encoder): step / warmup, then max(0, (1 + cos(pi u)) / 2)
// with u = (step - warmup) / (steps - warmup), which rises again beyond `steps`. steps > warmup.
inline double WarmupCosine(int64_t step, int64_t warmup, int64_t steps) {
  if (step < warmup) return static_cast<double>(step) / static_cast<double>(std::max<int64_t>(1, warmup));
  const double u = static_cast<double>(step - warmup) / static_cast<double>(std::max<int64_t>(1, steps - warmup));
  return std::max(0.0, 0.5 * (1 + std::cos(std::numbers::pi * u)));
}

// The factor of epoch number `epoch` = 0, 1, ... (a whole network, as segmentation trains it): epoch / (warmup - 1) and 1 at the
// warm-up's last epoch, then the same cosine from epoch `warmup` on.
inline double WarmupCosineOfEpoch(int64_t epoch, int64_t warmup, int64_t epochs) {
  if (epoch < warmup) return warmup == 1 ? 0.0 : static_cast<double>(epoch) / static_cast<double>(warmup - 1);
  return WarmupCosine(epoch, warmup, epochs);
}

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_WARMUP_COSINE_H_
