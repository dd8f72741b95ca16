#include "modules/heads/kernels/dense_loops.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace asap {
namespace {

template <typename T>
std::vector<T> Numbers(int64_t size, double salt) {
  std::vector<T> values(size);
  for (int64_t i = 0; i < size; ++i) values[i] = static_cast<T>(std::sin(salt * static_cast<double>(i + 1)));
  return values;
}

// All sizes around the edges of tiles and vectors.
template <typename T>
void CheckAgainstPlainSums(const DenseLoops<T>& loops, double tolerance) {
  for (const int64_t inputs : {1, 15, 16, 17, 70, 200}) {
    for (const int64_t rows : {1, 3, 4, 9}) {
      for (const int64_t outputs : {1, 2, 5, 6, 13}) {
        const std::vector<T> x = Numbers<T>(rows * inputs, 0.7), w = Numbers<T>(outputs * inputs, 0.3),
                             bias = Numbers<T>(outputs, 0.9);
        std::vector<T> z(rows * (outputs + 1), T(-7)), g(outputs * inputs), one(inputs);
        loops.project(x.data(), rows, inputs, w.data(), bias.data(), outputs, z.data(), outputs + 1);
        loops.weight_gradient(z.data(), outputs + 1, rows, x.data(), inputs, outputs, g.data());
        for (int64_t b = 0; b < rows; ++b) {
          EXPECT_EQ(z[b * (outputs + 1) + outputs], T(-7));  // nothing beyond its columns
          for (int64_t k = 0; k < outputs; ++k) {
            double sum = bias[k];
            for (int64_t c = 0; c < inputs; ++c) sum += static_cast<double>(x[b * inputs + c]) * w[k * inputs + c];
            ASSERT_NEAR(z[b * (outputs + 1) + k], sum, tolerance) << rows << " " << inputs << " " << outputs;
            T alone;  // the same bits without other rows and outputs
            loops.project(&x[b * inputs], 1, inputs, &w[k * inputs], &bias[k], 1, &alone, 1);
            ASSERT_EQ(z[b * (outputs + 1) + k], alone);
          }
        }
        for (int64_t k = 0; k < outputs; ++k) {
          loops.weight_gradient(&z[k], outputs + 1, rows, x.data(), inputs, 1, one.data());
          for (int64_t c = 0; c < inputs; ++c) {
            double sum = 0;
            for (int64_t b = 0; b < rows; ++b) sum += static_cast<double>(z[b * (outputs + 1) + k]) * x[b * inputs + c];
            ASSERT_NEAR(g[k * inputs + c], sum, 10 * tolerance);
            ASSERT_EQ(g[k * inputs + c], one[c]);
          }
        }
        double squares = 0;
        for (const T value : x) squares += static_cast<double>(value) * value;
        ASSERT_NEAR(loops.sum_of_squares(x.data(), rows * inputs), squares, 100 * tolerance);
      }
    }
  }
}

template <typename T>
void CheckAdamW(const DenseLoops<T>& loops, double tolerance) {
  const AdamWFactors f = {
      .decay = 0.99, .gradient = 0.5, .keep1 = 0.1, .keep2 = 0.001, .step = 0.02, .inverse_root2 = 3, .epsilon = 1e-8};
  const std::vector<T> g = Numbers<T>(37, 0.4), start = Numbers<T>(37, 0.2);
  std::vector<T> p = start, m = Numbers<T>(37, 0.6), v = Numbers<T>(37, 0.8);
  for (T& value : v) value *= value;
  const std::vector<T> m0 = m, v0 = v;
  loops.adamw(f, g.data(), p.data(), m.data(), v.data(), 37);
  for (int i = 0; i < 37; ++i) {
    const double gradient = 0.5 * g[i], first = 0.9 * m0[i] + 0.1 * gradient,
                 second = 0.999 * v0[i] + 0.001 * gradient * gradient;
    EXPECT_NEAR(m[i], first, tolerance);
    EXPECT_NEAR(v[i], second, tolerance);
    EXPECT_NEAR(p[i], 0.99 * start[i] - 0.02 * first / (3 * std::sqrt(second) + 1e-8), 10 * tolerance);
  }
}

TEST(DenseLoopsTest, EveryInstructionSetOfThisProcessorSumsTheSame) {
  CheckAgainstPlainSums(dense_loops_base::kFloat32, 2e-5);
  CheckAgainstPlainSums(dense_loops_base::kFloat64, 1e-13);
  CheckAdamW(dense_loops_base::kFloat32, 1e-6);
  CheckAdamW(dense_loops_base::kFloat64, 1e-14);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    CheckAgainstPlainSums(dense_loops_avx2::kFloat32, 2e-5);
    CheckAgainstPlainSums(dense_loops_avx2::kFloat64, 1e-13);
    CheckAdamW(dense_loops_avx2::kFloat32, 1e-6);
  }
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) {
    CheckAgainstPlainSums(dense_loops_avx512::kFloat32, 2e-5);
    CheckAgainstPlainSums(dense_loops_avx512::kFloat64, 1e-13);
    CheckAdamW(dense_loops_avx512::kFloat32, 1e-6);
  }
  CheckAgainstPlainSums(BestDenseLoops<float>(), 2e-5);
  CheckAgainstPlainSums(BestDenseLoops<double>(), 1e-13);
}

}  // namespace
}  // namespace asap
