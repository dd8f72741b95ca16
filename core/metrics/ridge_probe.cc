#include "core/metrics/ridge_probe.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_svd.h>
#include <ATen/ops/where.h>
#include <c10/core/GradMode.h>

#include <cmath>

namespace asap {

at::Tensor RidgeProbe(const at::Tensor& train_features, const at::Tensor& labels, const at::Tensor& test_features) {
  const c10::NoGradGuard no_grad;
  const at::Tensor raw = train_features.to(at::kDouble);
  const at::Tensor mean = raw.mean(0, /*keepdim=*/true);
  const at::Tensor scale = raw.std(0, /*unbiased=*/false, /*keepdim=*/true).clamp_min(1e-9);
  const at::Tensor x = (raw - mean) / scale;
  const at::Tensor y = labels.to(at::kDouble);
  const at::Tensor y_mean = y.mean(0, /*keepdim=*/true);
  const at::Tensor centred = y - y_mean;

  const auto [u, s, vt] = at::linalg_svd(x, /*full_matrices=*/false);
  const at::Tensor uy = u.t().matmul(centred);
  const double unit = static_cast<double>(x.size(0)) / static_cast<double>(x.size(1));
  at::Tensor least, weights;  // [1, K] error and [C, K] of the best penalty so far
  for (int power = -2; power <= 4; ++power) {
    const double penalty = unit * std::pow(10.0, power);
    const at::Tensor shrink = s.square() / (s.square() + penalty);
    const at::Tensor fitted = u.matmul(shrink.unsqueeze(1) * uy);
    // The mean was fitted too, hence 1/N in the leverage.
    const at::Tensor leverage = (u.square() * shrink).sum(1, /*keepdim=*/true) + 1.0 / static_cast<double>(x.size(0));
    const at::Tensor error = ((centred - fitted) / (1 - leverage).clamp_min(1e-6)).square().mean(0, /*keepdim=*/true);
    const at::Tensor candidate = vt.t().matmul((s / (s.square() + penalty)).unsqueeze(1) * uy);
    if (least.defined()) {
      const at::Tensor better = error < least;
      least = at::where(better, error, least);
      weights = at::where(better, candidate, weights);
    } else {
      least = error;
      weights = candidate;
    }
  }
  return (test_features.to(at::kDouble) - mean).div(scale).matmul(weights) + y_mean;
}

}  // namespace asap
