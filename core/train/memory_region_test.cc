#include "core/train/memory_region.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/TensorBody.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>

#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/random.h"
#include "core/train/tensor_memory.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

constexpr size_t kMegabyte = size_t{1} << 20;

TEST(MemoryRegionTest, UsesAFreedBlockAgain) {
  const auto region = MemoryRegion::Reserve(64 * kMegabyte, 64 * kMegabyte);
  ASSERT_NE(region, nullptr);
  void* const first = region->Allocate(8 * kMegabyte);
  void* const second = region->Allocate(4 * kMegabyte);
  ASSERT_TRUE(first != nullptr && second != nullptr);
  region->Free(first);
  EXPECT_EQ(region->used(), 4 * kMegabyte);
  EXPECT_EQ(region->idle(), 8 * kMegabyte);
  EXPECT_EQ(region->Allocate(3 * kMegabyte), first);
  EXPECT_EQ(region->idle(), 5 * kMegabyte);
  int elsewhere = 0;
  EXPECT_FALSE(region->Holds(&elsewhere));
  EXPECT_TRUE(region->Holds(second));
}

TEST(MemoryRegionTest, JoinsFreeNeighboursAndEndsWhereItIsFull) {
  const auto region = MemoryRegion::Reserve(16 * kMegabyte, 16 * kMegabyte);
  std::vector<void*> blocks;
  while (void* block = region->Allocate(kMegabyte)) blocks.push_back(block);
  ASSERT_EQ(blocks.size(), 16u);
  for (const size_t i : {3, 5, 4}) region->Free(blocks[i]);
  EXPECT_EQ(region->Allocate(4 * kMegabyte), nullptr);
  EXPECT_EQ(region->Allocate(3 * kMegabyte), blocks[3]);
}

TEST(MemoryRegionTest, GivesBackWhatIsTooMuch) {
  const auto region = MemoryRegion::Reserve(64 * kMegabyte, 10 * kMegabyte);
  auto* large = static_cast<char*>(region->Allocate(20 * kMegabyte));
  void* between = region->Allocate(kMegabyte);
  void* small = region->Allocate(8 * kMegabyte);
  std::memset(large, 1, 20 * kMegabyte);
  region->Free(small);
  EXPECT_EQ(region->idle(), 8 * kMegabyte);  // kept
  region->Free(large);
  EXPECT_LE(region->idle(), 10 * kMegabyte);
  region->Free(between);
  EXPECT_EQ(region->used(), 0u);
  // Given back, it comes as zeros.
  large = static_cast<char*>(region->Allocate(40 * kMegabyte));
  EXPECT_EQ(large[10 * kMegabyte], 0);
}

TEST(MemoryRegionTest, IdleMemoryNeverRaisesThePeak) {
  const auto region = MemoryRegion::Reserve(64 * kMegabyte, 32 * kMegabyte);
  auto* first = static_cast<char*>(region->Allocate(8 * kMegabyte));
  std::memset(first, 1, 8 * kMegabyte);
  region->Allocate(kMegabyte);
  region->Free(first);
  EXPECT_EQ(region->idle(), 8 * kMegabyte);
  void* const larger = region->Allocate(10 * kMegabyte);  // does not fit where the first was
  EXPECT_EQ(region->used(), 11 * kMegabyte);
  EXPECT_EQ(region->idle(), 0u);
  region->Free(larger);
  auto* const again = static_cast<char*>(region->Allocate(4 * kMegabyte));
  EXPECT_EQ(again, first);
  EXPECT_EQ(again[0], 0) << "it was given back";
  EXPECT_EQ(region->idle(), 6 * kMegabyte) << "as much as the peak of 11 leaves";
}

// Blocks never overlap, from two threads.
TEST(MemoryRegionTest, BlocksAreApart) {
  const auto region = MemoryRegion::Reserve(64 * kMegabyte, 4 * kMegabyte);
  const auto work = [&](int thread) {
    CounterRng rng(thread);
    std::vector<std::pair<char*, size_t>> blocks;
    for (int i = 0; i < 2000; ++i) {
      if (blocks.size() < 6 || rng.Bernoulli(0.5)) {
        const size_t size = rng.UniformInt(1, 3 * kMegabyte);
        auto* block = static_cast<char*>(region->Allocate(size));
        if (block == nullptr) continue;
        block[0] = block[size - 1] = static_cast<char>(thread);
        blocks.push_back({block, size});
      } else {
        const size_t which = rng.UniformInt(0, static_cast<int64_t>(blocks.size()) - 1);
        ASSERT_EQ(blocks[which].first[0], thread);
        ASSERT_EQ(blocks[which].first[blocks[which].second - 1], thread);
        region->Free(blocks[which].first);
        blocks.erase(blocks.begin() + which);
      }
    }
    for (const auto& [block, size] : blocks) region->Free(block);
  };
  std::thread other(work, 1);
  work(2);
  other.join();
  EXPECT_EQ(region->used(), 0u);
  EXPECT_LE(region->idle(), 4 * kMegabyte);
}

TEST(TensorMemoryTest, HoldsTensorsOfAnySize) {
  const at::Tensor before = at::ones({1 << 20});
  ASSERT_TRUE(KeepTensorMemory(64 << 20));
  ASSERT_TRUE(KeepTensorMemory(64 << 20));
  EXPECT_EQ(at::empty({0}).numel(), 0);
  EXPECT_EQ(at::ones({3}).sum().item<float>(), 3);
  const at::Tensor large = at::ones({1 << 20});
  EXPECT_EQ((large + before).sum().item<float>(), 2 << 20);
  at::Tensor grown = at::ones({4});
  grown.resize_({1 << 20});
  EXPECT_EQ(grown[3].item<float>(), 1);
}

}  // namespace
}  // namespace asap
