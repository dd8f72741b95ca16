#include "core/metrics/hu_histogram.h"

#include "gtest/gtest.h"

namespace asap {
namespace {

HuHistogram Of(std::vector<int16_t> voxels) {
  HuHistogram histogram;
  histogram.Add(voxels);
  return histogram;
}

TEST(HuHistogram, Bins) {
  const HuHistogram histogram = Of({-2000, -1000, -991, -990, 0, 999, 1000, 3000});
  EXPECT_EQ(histogram.counts().size(), 200u);
  EXPECT_EQ(histogram.counts()[0], 3);
  EXPECT_EQ(histogram.counts()[1], 1);
  EXPECT_EQ(histogram.counts()[100], 1);
  EXPECT_EQ(histogram.counts()[199], 3);
}

TEST(HuHistogram, DistanceIsTheMeanMove) {
  EXPECT_DOUBLE_EQ(*WassersteinDistance(Of({0, 100}), Of({0, 100, 0, 100})), 0);
  EXPECT_DOUBLE_EQ(*WassersteinDistance(Of({-800, 40}), Of({-800, 60})), 10);  // half of the voxels move by 20
  EXPECT_DOUBLE_EQ(*WassersteinDistance(Of({-1000}), Of({995})), 1990);
  HuHistogram sum = Of({-800});
  sum.Add(Of({60}));
  EXPECT_DOUBLE_EQ(*WassersteinDistance(sum, Of({-800, 60})), 0);
}

TEST(HuHistogram, Undefined) {
  EXPECT_FALSE(WassersteinDistance(HuHistogram(), Of({1})).has_value());
  HuHistogram other(-1000, 1000, 20);
  other.Add(std::vector<int16_t>{1});
  EXPECT_FALSE(WassersteinDistance(other, Of({1})).has_value());
}

}  // namespace
}  // namespace asap
