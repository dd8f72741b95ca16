#include "core/train/interrupt.h"

#include "gtest/gtest.h"

namespace asap {
namespace {

int g_outer = 0;
void CountSignal(int) { ++g_outer; }

TEST(InterruptScopeTest, AsksInsteadOfEndingAndGivesBack) {
  std::signal(SIGTERM, CountSignal);
  {
    InterruptScope scope;
    EXPECT_FALSE(scope.requested());
    std::raise(SIGTERM);
    EXPECT_TRUE(scope.requested());
    EXPECT_EQ(g_outer, 0);
  }
  std::raise(SIGTERM);
  EXPECT_EQ(g_outer, 1);
  InterruptScope fresh;
  EXPECT_FALSE(fresh.requested());
}

TEST(InterruptScopeDeathTest, SecondSignalEnds) {
  EXPECT_EXIT(
      {
        InterruptScope scope;
        std::raise(SIGINT);
        std::raise(SIGINT);
      },
      testing::KilledBySignal(SIGINT), "signal again");
}

}  // namespace
}  // namespace asap
