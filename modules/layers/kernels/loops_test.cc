#include "modules/layers/kernels/loops.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace asap {
namespace {

// The instruction sets that this processor has.
std::vector<const Loops*> All() {
  std::vector<const Loops*> all = {&loops_base::kLoops};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) all.push_back(&loops_avx2::kLoops);
  if (&BestLoops() == &loops_avx512::kLoops) all.push_back(&loops_avx512::kLoops);
  return all;
}

TEST(LoopsTest, ExpIsCloseEverywhereAndZeroFarBelow) {
  for (const Loops* loops : All()) {
    std::vector<float> x;
    for (float value = -86.5f; value <= 0; value += 0.0137f) x.push_back(value);
    std::vector<float> y = x;
    double sum = 0;
    for (const float value : x) sum += std::exp(static_cast<double>(value));
    EXPECT_NEAR(loops->exp_and_sum(y.data(), static_cast<int64_t>(y.size()), 0), sum, 2e-6 * sum);
    for (size_t i = 0; i < x.size(); ++i) {
      const double exact = std::exp(static_cast<double>(x[i]));
      EXPECT_NEAR(y[i], exact, 3e-7 * exact) << x[i];
    }
    float lowest[2] = {0, -3.4e38f};
    EXPECT_EQ(loops->exp_and_sum(lowest, 2, 0), 1);
    EXPECT_EQ(lowest[1], 0);
  }
}

TEST(LoopsTest, GeluAndItsDerivative) {
  for (const Loops* loops : All()) {
    for (double x = -9; x <= 9; x += 0.01) {
      const float in = static_cast<float>(x), one = 1;
      float value = 0, derivative = 0;
      loops->gelu(&in, &value, 1);
      loops->gelu_gradient(&one, &in, &derivative, 1);
      const double cumulative = 0.5 * std::erfc(-static_cast<double>(in) / std::sqrt(2.0));
      EXPECT_NEAR(value, in * cumulative, 4e-7 * std::max(1.0, std::abs(x))) << x;
      EXPECT_NEAR(derivative, cumulative + in * std::exp(-0.5 * in * in) / std::sqrt(2 * M_PI), 4e-7) << x;
    }
  }
}

TEST(LoopsTest, DropoutKeepsItsShareAndIsTheSameOnAllInstructionSets) {
  constexpr int64_t kSize = 100003;
  const DropoutKey key = {.low = 17, .high = 99, .threshold = static_cast<uint32_t>(0.25 * 4294967296.0), .scale = 1 / 0.75f};
  std::vector<float> first;
  for (const Loops* loops : All()) {
    std::vector<float> row(kSize, 1.0f);
    loops->drop(row.data(), kSize, key, 5);
    if (first.empty()) first = row;
    EXPECT_EQ(row, first);
    // In parts it is the same as in one.
    std::vector<float> parts(kSize, 1.0f);
    loops->drop(parts.data(), 1001, key, 5);
    loops->drop(parts.data() + 1001, kSize - 1001, key, 5 + 1001);
    EXPECT_EQ(parts, first);
  }
  double kept = 0, pairs = 0;
  for (int64_t i = 0; i + 1 < kSize; ++i) {
    kept += first[i] > 0;
    pairs += first[i] > 0 && first[i + 1] > 0;
  }
  EXPECT_NEAR(kept / kSize, 0.75, 0.006);
  EXPECT_NEAR(pairs / kSize, 0.5625, 0.008);  // neighbours are independent
}

TEST(LoopsTest, Bfloat16RoundsToNearestEven) {
  for (const Loops* loops : All()) {
    const float in[4] = {1.0f, 1.00390625f, 1.01171875f, -2.5f};  // the second and third are ties
    uint16_t out[4];
    loops->to_bf16(in, out, 4);
    EXPECT_EQ(out[0], 0x3F80);
    EXPECT_EQ(out[1], 0x3F80);
    EXPECT_EQ(out[2], 0x3F82);
    EXPECT_EQ(out[3], 0xC020);
  }
}

}  // namespace
}  // namespace asap
