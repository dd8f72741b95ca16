#include "core/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "absl/strings/str_cat.h"

namespace asap {

double Schedule::At(double time) const {
  if (time < warmup) return peak * time / warmup;
  if (time >= horizon) return minimum;
  return minimum + (peak - minimum) * 0.5 * (1.0 + std::cos(std::numbers::pi * (time - warmup) / (horizon - warmup)));
}

absl::Status Schedule::Validate() const {
  if (!(peak > 0) || !std::isfinite(peak)) {
    return absl::InvalidArgumentError(absl::StrCat("the learning rate must be positive, got ", peak));
  }
  if (!(minimum >= 0) || minimum > peak) {
    return absl::InvalidArgumentError(absl::StrCat("the lowest learning rate must lie in [0, ", peak, "], got ", minimum));
  }
  if (!(warmup >= 0) || !std::isfinite(warmup)) {
    return absl::InvalidArgumentError(absl::StrCat("the warm-up must not be negative, got ", warmup));
  }
  if (!(horizon > 0) || horizon < warmup || !std::isfinite(horizon)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the schedule must last at least as long as its warm-up of ", warmup, ", got ", horizon));
  }
  return absl::OkStatus();
}

}  // namespace asap
