// A dataset's cases as an encoder's input.
#ifndef ASAP_CORE_BENCHMARK_CASE_VOLUMES_H_
#define ASAP_CORE_BENCHMARK_CASE_VOLUMES_H_

#include <ATen/core/TensorBody.h>

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/benchmark/measured_encoder.h"
#include "core/dataset.h"
#include "core/encoder.h"

namespace asap {

// [cases, 1, H, W, D] float32 of spec.volume: the view's window scaled to [-1, 1]. The centre crop, or the view's augmented copy:
// random-scale crop, random crop, flips (each 0.2), intensity shift (0.1) and Gaussian noise (0.2, of a deviation up to 0.1), as
// the published probes draw them, each from (view.seed, case, view.augmented) alone. An axis that is too short is padded by
// reflection. Errors begin with the case id.
absl::StatusOr<at::Tensor> CaseVolumes(const Dataset& dataset, absl::Span<const int64_t> cases, const EncoderSpec& spec,
                                       const FeatureView& view);

}  // namespace asap

#endif  // ASAP_CORE_BENCHMARK_CASE_VOLUMES_H_
