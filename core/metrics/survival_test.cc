#include "core/metrics/survival.h"

#include <cmath>
#include <memory>

#include "core/base/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using ::testing::ElementsAre;

// Survival and interval: lifelines 0.30's KaplanMeierFitter on the same.
TEST(KaplanMeier, KnownCurve) {
  const bool events[] = {true, false, true, true, false, true, true, false};
  const auto curve = KaplanMeier({2, 3, 5, 5, 8, 11, 13, 14}, events);
  ASSERT_EQ(curve.size(), 7u);
  EXPECT_DOUBLE_EQ(curve[0].survival, 7.0 / 8);
  EXPECT_DOUBLE_EQ(curve[1].survival, 7.0 / 8);
  EXPECT_DOUBLE_EQ(curve[2].survival, 7.0 / 8 * 4 / 6);
  EXPECT_EQ(curve[2].at_risk, 6);
  EXPECT_EQ(curve[2].events, 2);
  EXPECT_NEAR(curve[2].low, 0.18018889101282284, 1e-9);
  EXPECT_NEAR(curve[2].high, 0.8440686916574577, 1e-9);
  EXPECT_DOUBLE_EQ(*MedianSurvival(curve), 11);
  EXPECT_TRUE(KaplanMeier({NAN}, {true}).empty());
  EXPECT_TRUE(KaplanMeier({}, {}).empty());
  EXPECT_FALSE(MedianSurvival(KaplanMeier({1, 2}, {false, false})).has_value());
}

TEST(KaplanMeier, EndsAtZeroWithoutCensoring) {
  const auto curve = KaplanMeier({1, 2, 3}, {true, true, true});
  EXPECT_EQ(curve.back().survival, 0);
  EXPECT_EQ(curve.back().low, 0);
  EXPECT_EQ(curve.back().high, 0);
}

TEST(RiskGroups, TiesShareAGroup) {
  EXPECT_THAT(RiskGroups({4, 1, 3, 2}, 2), ElementsAre(1, 0, 1, 0));
  EXPECT_THAT(RiskGroups({1, 1, 1, 2}, 2), ElementsAre(0, 0, 0, 1));
  EXPECT_THAT(RiskGroups({7, 7, 7}, 3), ElementsAre(0, 0, 0));
  EXPECT_TRUE(RiskGroups({}, 3).empty());
}

// lifelines 0.30's multivariate_logrank_test on the same.
TEST(LogRank, KnownValues) {
  const bool events[] = {true, false, true, true, false, true, true, false, true, true};
  const std::vector<double> times = {2, 3, 5, 5, 8, 11, 13, 14, 5, 11};
  const int two[] = {0, 0, 0, 0, 1, 1, 1, 1, 0, 1}, three[] = {0, 1, 2, 0, 1, 2, 0, 1, 2, 0};
  const auto first = *LogRank(times, events, two, 2);
  EXPECT_NEAR(first.chi_squared, 7.498516320474778, 1e-9);
  EXPECT_NEAR(first.p, 0.006174984400799602, 1e-9);
  const auto second = *LogRank(times, events, three, 4);  // the last group is empty
  EXPECT_EQ(second.freedom, 2);
  EXPECT_NEAR(second.chi_squared, 3.957174732760791, 1e-9);
  EXPECT_NEAR(second.p, 0.13826441638315382, 1e-9);
  EXPECT_NEAR(second.observed[0] + second.observed[1] + second.observed[2],
              second.expected[0] + second.expected[1] + second.expected[2], 1e-12);
}

TEST(LogRank, Edges) {
  EXPECT_FALSE(LogRank({1, 2}, {true, true}, {0, 0}, 2).has_value());
  EXPECT_FALSE(LogRank({1, 2}, {false, false}, {0, 1}, 2).has_value());
  EXPECT_FALSE(LogRank({1, NAN}, {true, true}, {0, 1}, 2).has_value());
  EXPECT_FALSE(LogRank({1, 2}, {true, true}, {0, 5}, 2).has_value());
}

TEST(DiscreteHazardNll, TheSpecificationsValue) {
  const std::vector<double> logits = {-2, -1, 0, .5, -.5, 1, -3, -3, -2, 1, 0, -1};
  EXPECT_NEAR(DiscreteHazardNll(logits, 3, {2, 0, 2, 1}, {false, true, true, true}), 1.4594814, 2e-7);
  EXPECT_TRUE(std::isnan(DiscreteHazardNll(logits, 3, {2, 0, 3, 1}, {false, true, true, true})));
  EXPECT_TRUE(std::isnan(DiscreteHazardNll({}, 3, {}, {})));
}

}  // namespace
}  // namespace asap
