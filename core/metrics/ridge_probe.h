// A linear probe in closed form: ridge regression of labels on frozen features.
#ifndef ASAP_CORE_METRICS_RIDGE_PROBE_H_
#define ASAP_CORE_METRICS_RIDGE_PROBE_H_

#include <ATen/core/TensorBody.h>

namespace asap {

// Fits one ridge regression per column of `labels` on standardised features and scores the test cases.
//   train_features [N, C], test_features [M, C], labels [N, K] (0 or 1) -> scores [M, K] float64.
// Each column's penalty is that of its least leave-one-out squared error among 10^-2 ... 10^4 times N / C, from the training cases
// alone (Golub, Heath & Wahba, 1979: exact leave-one-out from one decomposition).
at::Tensor RidgeProbe(const at::Tensor& train_features, const at::Tensor& labels, const at::Tensor& test_features);

}  // namespace asap

#endif  // ASAP_CORE_METRICS_RIDGE_PROBE_H_
