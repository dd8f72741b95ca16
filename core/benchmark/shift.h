// How far the scans of one dataset lie from those of another: measured, beside what their cards say.
#ifndef ASAP_CORE_BENCHMARK_SHIFT_H_
#define ASAP_CORE_BENCHMARK_SHIFT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/benchmark/measured_encoder.h"
#include "core/benchmark/results.h"
#include "core/dataset.h"

namespace asap {

struct ShiftOptions {
  int64_t cases = 100;  // of each dataset, at even distances
  // Opens a dataset resampled for the encoder, and as it is stored.
  std::function<absl::StatusOr<std::unique_ptr<Dataset>>(const std::string&name)> open, open_as_stored;
};

// How `dataset` differs from `reference`: the distance of their intensities (1-Wasserstein, HU), the squared Frechet distance of
// the encoder's mean features, and the dataset's median spacing as stored. Frechet distances of few cases are biased upwards:
// compare them with each other, not with 0. HU are left out where one of the two has none.
absl::StatusOr<ShiftRow> MeasureShift(const std::string& dataset, const std::string& reference, MeasuredEncoder& encoder,
                                      const ShiftOptions& options);

}  // namespace asap

#endif  // ASAP_CORE_BENCHMARK_SHIFT_H_
