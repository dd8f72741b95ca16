// Frozen features of a dataset's cases.
#ifndef ASAP_TOOLS_PROBE_FEATURES_H_
#define ASAP_TOOLS_PROBE_FEATURES_H_

#include <ATen/core/TensorBody.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "core/dataset.h"
#include "core/encoder.h"

namespace asap {

// Mean of the patch tokens, [cases, C] float32: each case's centre crop through the frozen encoder, `batch` cases at a time.
absl::StatusOr<at::Tensor> MeanPooledFeatures(Encoder& encoder, const Dataset& dataset, const std::vector<int64_t>& cases,
                                              int64_t batch = 16);

// [cases, labels of the card] float64; NaN where a case does not know a label.
absl::StatusOr<at::Tensor> LabelMatrix(const Dataset& dataset, const std::vector<int64_t>& cases);

}  // namespace asap

#endif  // ASAP_TOOLS_PROBE_FEATURES_H_
