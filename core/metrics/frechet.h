// How far two sets of features lie apart, as distributions: part of the measured shift between datasets.
#ifndef ASAP_CORE_METRICS_FRECHET_H_
#define ASAP_CORE_METRICS_FRECHET_H_

#include <ATen/core/Tensor.h>

#include <optional>

namespace asap {

// The squared Frechet distance of the normal distributions of two sets of features, [N, C] and [M, C] of any floating type:
//   |mean_a - mean_b|^2 + trace(cov_a + cov_b - 2 (cov_a^1/2 cov_b cov_a^1/2)^1/2)
// as in FID (Heusel et al., 2017), in float64. It grows with C and is biased upwards for few cases (of two halves of one set it
// is not 0), so print it beside that of two halves of the larger set. nullopt with fewer than two cases a side, other sizes, or a
// feature that is not finite.
std::optional<double> SquaredFrechetDistance(const at::Tensor& a, const at::Tensor& b);

}  // namespace asap

#endif  // ASAP_CORE_METRICS_FRECHET_H_
