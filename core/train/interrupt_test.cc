#include "core/train/interrupt.h"

#include <csignal>
#include <optional>

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

TEST(InterruptScopeTest, ANestedScopeDropsNoPendingSignal) {
  g_outer = 0;
  std::signal(SIGTERM, CountSignal);
  {
    InterruptScope outer;
    { EXPECT_FALSE(InterruptScope().requested()); }
    std::raise(SIGTERM);
    {
      InterruptScope inner;
      EXPECT_TRUE(inner.requested()) << "the signal was for whoever looks next";
    }
    EXPECT_TRUE(outer.requested()) << "nobody has acted on it yet";
  }
  std::raise(SIGTERM);
  EXPECT_EQ(g_outer, 1) << "given back by the last scope";
}

TEST(InterruptScopeTest, ATerminalThatHangsUpIsAskedAboutHoweverOftenItSaysSo) {
  g_outer = 0;
  std::signal(SIGHUP, CountSignal);
  {
    InterruptScope scope;
    EXPECT_FALSE(scope.requested());
    std::raise(SIGHUP);
    std::raise(SIGHUP);
    EXPECT_TRUE(scope.requested());
    EXPECT_EQ(g_outer, 0);
  }
  std::raise(SIGHUP);
  EXPECT_EQ(g_outer, 1) << "given back";
  std::signal(SIGHUP, SIG_DFL);
}

TEST(InterruptScopeTest, AHangUpThatIsIgnoredStaysSo) {
  std::signal(SIGHUP, SIG_IGN);
  {
    InterruptScope scope;
    std::raise(SIGHUP);
    EXPECT_FALSE(scope.requested()) << "nohup";
  }
  EXPECT_EQ(std::signal(SIGHUP, SIG_DFL), SIG_IGN);
}

TEST(InterruptScopeTest, ScopesMayEndInAnyOrder) {
  g_outer = 0;
  std::signal(SIGTERM, CountSignal);
  std::optional<InterruptScope> first(std::in_place), second(std::in_place);
  first.reset();
  std::raise(SIGTERM);
  EXPECT_TRUE(second->requested());
  EXPECT_EQ(g_outer, 0);
  second.reset();
  std::raise(SIGTERM);
  EXPECT_EQ(g_outer, 1);
}

TEST(InterruptScopeDeathTest, ANestedScopeDoesNotTakeTheSecondSignal) {
  EXPECT_EXIT(
      {
        InterruptScope outer;
        std::raise(SIGINT);
        InterruptScope inner;
        std::raise(SIGINT);
      },
      testing::KilledBySignal(SIGINT), "signal again");
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
