#include "core/metrics/frechet.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_eigvalsh.h>
#include <c10/core/GradMode.h>

#include <algorithm>

namespace asap {
namespace {

struct Normal {
  at::Tensor mean, covariance;
};

Normal FitNormal(const at::Tensor& features) {
  const at::Tensor mean = features.mean(0), centred = features - mean;
  return {mean, centred.t().matmul(centred) / static_cast<double>(features.size(0) - 1)};
}

// Of a symmetric matrix without negative eigenvalues but by rounding.
at::Tensor SquareRoot(const at::Tensor& matrix) {
  const auto [values, vectors] = at::linalg_eigh(matrix);
  return (vectors * values.clamp_min(0).sqrt()).matmul(vectors.t());
}

}  // namespace

std::optional<double> SquaredFrechetDistance(const at::Tensor& a, const at::Tensor& b) {
  if (a.dim() != 2 || b.dim() != 2 || a.size(1) != b.size(1) || a.size(0) < 2 || b.size(0) < 2) return std::nullopt;
  c10::NoGradGuard no_grad;
  const at::Tensor x = a.to(at::kCPU, at::kDouble), y = b.to(at::kCPU, at::kDouble);
  if (!x.isfinite().all().item<bool>() || !y.isfinite().all().item<bool>()) return std::nullopt;
  const Normal p = FitNormal(x), q = FitNormal(y);
  const at::Tensor root = SquareRoot(p.covariance);
  const at::Tensor product = root.matmul(q.covariance).matmul(root);
  const at::Tensor cross = at::linalg_eigvalsh((product + product.t()) / 2).clamp_min(0).sqrt().sum();
  const at::Tensor distance = (p.mean - q.mean).square().sum() + p.covariance.trace() + q.covariance.trace() - 2 * cross;
  return std::max(0.0, distance.item<double>());
}

}  // namespace asap
