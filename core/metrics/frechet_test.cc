#include "core/metrics/frechet.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_svd.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>

namespace asap {
namespace {

at::Tensor Normals(int64_t cases, int64_t features, uint64_t seed) {
  at::manual_seed(seed);
  return at::randn({cases, features}, at::kDouble);
}

// Exactly the given diagonal covariance and mean 0, whatever was drawn.
at::Tensor Whitened(const at::Tensor& drawn) {
  const at::Tensor centred = drawn - drawn.mean(0);
  const auto [u, s, v] = at::linalg_svd(centred, /*full_matrices=*/false);
  return u * std::sqrt(static_cast<double>(drawn.size(0) - 1));
}

TEST(Frechet, ClosedForms) {
  const at::Tensor white = Whitened(Normals(60, 5, 1));
  EXPECT_NEAR(*SquaredFrechetDistance(white, white), 0, 1e-10);
  EXPECT_NEAR(*SquaredFrechetDistance(white, white + 2), 5 * 4, 1e-9);
  EXPECT_NEAR(*SquaredFrechetDistance(white, 3 * white), 5 * 4, 1e-9);  // (3 - 1)^2 a dimension
  // Covariances that do not commute, in two dimensions: trace of the root = sqrt(trace + 2 sqrt(det)).
  const at::Tensor two = Whitened(Normals(40, 2, 2));
  const at::Tensor first = two.matmul(at::tensor({2.0, 0.0, 0.0, 1.0}, at::kDouble).view({2, 2}));
  const at::Tensor second = two.matmul(at::tensor({1.0, 0.0, 1.0, 1.0}, at::kDouble).view({2, 2}).t());
  // cov_a = diag(4, 1), cov_b = [[1, 1], [1, 2]]: trace(cov_a cov_b) = 6, det = 4.
  EXPECT_NEAR(*SquaredFrechetDistance(first, second), 5 + 3 - 2 * std::sqrt(6 + 2 * 2), 1e-9);
}

TEST(Frechet, IsSymmetricAndTakesFewCases) {
  const at::Tensor a = Normals(6, 20, 3).to(at::kFloat), b = 2 * Normals(9, 20, 4).to(at::kFloat) + 1;  // rank below 20
  EXPECT_NEAR(*SquaredFrechetDistance(a, b), *SquaredFrechetDistance(b, a), 1e-6);
  EXPECT_GT(*SquaredFrechetDistance(a, b), 20);
}

TEST(Frechet, Undefined) {
  EXPECT_FALSE(SquaredFrechetDistance(Normals(1, 3, 5), Normals(5, 3, 6)).has_value());
  EXPECT_FALSE(SquaredFrechetDistance(Normals(4, 2, 5), Normals(5, 3, 6)).has_value());
  at::Tensor broken = Normals(5, 3, 7);
  broken[2][1] = NAN;
  EXPECT_FALSE(SquaredFrechetDistance(broken, Normals(5, 3, 8)).has_value());
}

}  // namespace
}  // namespace asap
