#include "core/metrics/percentile.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"

namespace asap {
namespace {

double Of(std::vector<double> values, double percent) { return Percentile(&values, percent); }

// numpy.percentile of the same.
TEST(Percentile, IsNumPys) {
  EXPECT_DOUBLE_EQ(Of({3, 1, 2, 4}, 50), 2.5);
  EXPECT_DOUBLE_EQ(Of({3, 1, 2, 4}, 95), 3.8499999999999996);
  EXPECT_DOUBLE_EQ(Of({3, 1, 2, 4}, 0), 1);
  EXPECT_DOUBLE_EQ(Of({3, 1, 2, 4}, 100), 4);
  EXPECT_DOUBLE_EQ(Of({7}, 95), 7);
  EXPECT_DOUBLE_EQ(Of({0, 1}, 95), 0.95);
  EXPECT_TRUE(std::isnan(Of({}, 95)));
}

}  // namespace
}  // namespace asap
