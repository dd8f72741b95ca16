#include "tasks/prognosis/survival_task.h"

#include <limits>

#include "gtest/gtest.h"

namespace asap {
namespace {

constexpr double kLost = std::numeric_limits<double>::quiet_NaN();

TEST(OutcomeOf, IsTheFirstHorizonWithTheEvent) {
  const auto outcome = OutcomeOf({0, 1, 1});
  EXPECT_EQ(outcome->interval, 1);
  EXPECT_TRUE(outcome->event);
}

TEST(OutcomeOf, WithoutAnEventIsTheLastHorizonSeenThrough) {
  EXPECT_EQ(OutcomeOf({0, 0, 0})->interval, 2);
  EXPECT_FALSE(OutcomeOf({0, 0, 0})->event);
  EXPECT_EQ(OutcomeOf({0, kLost, kLost})->interval, 0);
  EXPECT_FALSE(OutcomeOf({0, kLost, kLost})->event);
}

TEST(OutcomeOf, IsUnknownWhereTheFirstHorizonIs) { EXPECT_EQ(OutcomeOf({kLost, 1, 1}), std::nullopt); }

}  // namespace
}  // namespace asap
