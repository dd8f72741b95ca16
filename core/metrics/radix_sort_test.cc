#include "core/metrics/radix_sort.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/base/random.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

TEST(RadixSort, KeysKeepTheOrderOfNumbers) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::vector<double> ascending = {-kInfinity, -1e300, -2, -1, -1e-310, 0, 1e-310, 0.5, 1, 1e300, kInfinity};
  for (size_t i = 1; i < ascending.size(); ++i) {
    EXPECT_LT(SortableKey(ascending[i - 1]), SortableKey(ascending[i])) << ascending[i];
    if (std::abs(ascending[i]) < 1e-300 || std::abs(ascending[i - 1]) > 1e300) continue;
    EXPECT_LE(SortableKey(static_cast<float>(ascending[i - 1])), SortableKey(static_cast<float>(ascending[i])));
  }
  EXPECT_EQ(SortableKey(-0.0), SortableKey(0.0));
  EXPECT_EQ(SortableKey(-0.0f), SortableKey(0.0f));
}

TEST(RadixSort, EqualsAStableComparisonSort) {
  CounterRng rng(1);
  for (const size_t n : {0, 1, 2, 255, 256, 5000}) {
    std::vector<double> values(n);
    for (double& value : values) value = rng.Bernoulli(0.5) ? std::floor(rng.Uniform(-9, 9)) : rng.Normal();
    std::vector<uint32_t> order(n);
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return values[a] < values[b]; });
    EXPECT_EQ(AscendingOrder(values), order) << n;
    std::vector<uint32_t> keys(n);
    std::vector<uint64_t> wide(n);
    for (size_t i = 0; i < n; ++i) wide[i] = keys[i] = SortableKey(static_cast<float>(values[i]));
    RadixSort(&keys);
    RadixSort(&wide);
    EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
    EXPECT_TRUE(std::equal(keys.begin(), keys.end(), wide.begin()));
  }
}

}  // namespace
}  // namespace asap
