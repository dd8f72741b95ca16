#include "core/train/seeded_generators.h"

#include <ATen/Context.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>

#include <thread>

#include "gtest/gtest.h"

namespace asap {
namespace {

const c10::Device kCpu(c10::DeviceType::CPU);

TEST(SeededGeneratorsTest, SeedsAsTheProcessWideCallAndGivesBack) {
  at::manual_seed(17);
  const at::Tensor seventeen = at::rand({5});
  at::manual_seed(3);
  at::randn({3});  // leaves half of a pair of normal numbers behind
  const at::Tensor next = at::randn({3});
  at::manual_seed(3);
  at::randn({3});
  {
    const SeededGenerators seeded(17, kCpu);
    EXPECT_TRUE(at::equal(at::rand({5}), seventeen));
    {
      const SeededGenerators within(17, kCpu);
      EXPECT_TRUE(at::equal(at::rand({5}), seventeen));
    }
  }
  EXPECT_TRUE(at::equal(at::randn({3}), next));
}

TEST(SeededGeneratorsTest, ThreadsTakeTurns) {
  at::Tensor expected;
  {
    const SeededGenerators seeded(5, kCpu);
    expected = at::rand({200});
  }
  std::vector<std::thread> threads;
  std::vector<int> wrong(4);
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int round = 0; round < 50; ++round) {
        const SeededGenerators seeded(5, kCpu);
        for (int i = 0; i < 200; ++i) wrong[thread] += at::rand({1}).item<float>() != expected[i].item<float>();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4));
}

}  // namespace
}  // namespace asap
