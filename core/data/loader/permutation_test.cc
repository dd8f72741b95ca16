#include "core/data/loader/permutation.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"

namespace asap {
namespace {

TEST(PermutationTest, VisitsEachIndexOnce) {
  for (const int64_t size : {1, 2, 3, 4, 5, 16, 17, 100, 1024, 1025, 47149}) {
    const Permutation order(size, 42, 3);
    std::vector<int> visits(size);
    for (int64_t i = 0; i < size; ++i) {
      const int64_t index = order[i];
      ASSERT_GE(index, 0);
      ASSERT_LT(index, size);
      ++visits[index];
    }
    for (int64_t i = 0; i < size; ++i) ASSERT_EQ(visits[i], 1) << i << " of " << size;
  }
}

TEST(PermutationTest, DependsOnSeedAndEpochOnly) {
  const auto order_of = [](uint64_t seed, uint64_t epoch) {
    std::vector<int64_t> order;
    const Permutation permutation(50, seed, epoch);
    for (int64_t i = 0; i < 50; ++i) order.push_back(permutation[i]);
    return order;
  };
  EXPECT_EQ(order_of(1, 1), order_of(1, 1));
  EXPECT_NE(order_of(1, 1), order_of(1, 2));
  EXPECT_NE(order_of(1, 1), order_of(2, 1));
}

// Over many epochs every index comes to every place about equally often (chi-square of an 8 x 8 table, 49 degrees of freedom:
// 112 is exceeded by chance less than once in a million).
TEST(PermutationTest, IsUniform) {
  constexpr int kSize = 8, kEpochs = 8000;
  std::vector<int> counts(kSize * kSize);
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    const Permutation order(kSize, 7, epoch);
    for (int i = 0; i < kSize; ++i) ++counts[i * kSize + order[i]];
  }
  const double expected = static_cast<double>(kEpochs) / kSize;
  double chi_square = 0;
  for (const int count : counts) chi_square += (count - expected) * (count - expected) / expected;
  EXPECT_LT(chi_square, 112);
}

TEST(PermutationTest, NeighboursDoNotStayNeighbours) {
  const Permutation order(10000, 5, 0);
  int close = 0;
  for (int64_t i = 1; i < 10000; ++i) close += std::abs(order[i] - order[i - 1]) <= 10;
  EXPECT_LT(close, 60) << "20 in 10,000 are expected by chance";
}

}  // namespace
}  // namespace asap
