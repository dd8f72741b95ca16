#include "tools/preprocess/memory_gate.h"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace asap {
namespace {

TEST(MemoryGateTest, HoldsNeverExceedTheBudgetAndAllGetTheirTurn) {
  MemoryGate gate(100);
  std::atomic<int64_t> held{0}, most{0};
  std::atomic<int> turns{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 200; ++round) {
        const int64_t bytes = 20 + 15 * i;
        const MemoryGate::Hold hold(gate, bytes);
        const int64_t now = held += bytes;
        for (int64_t seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        std::this_thread::yield();
        held -= bytes;
        ++turns;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, 100);
  EXPECT_EQ(turns, 800);
}

TEST(MemoryGateTest, MoreThanTheBudgetRunsAlone) {
  MemoryGate gate(100);
  std::atomic<bool> entered{false};
  std::thread other;
  {
    const MemoryGate::Hold hold(gate, 5000);
    other = std::thread([&] {
      const MemoryGate::Hold small(gate, 1);
      entered = true;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    EXPECT_FALSE(entered);
  }
  other.join();  // ends: everything came back
  EXPECT_TRUE(entered);
}

}  // namespace
}  // namespace asap
