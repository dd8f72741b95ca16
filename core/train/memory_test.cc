#include "core/train/memory.h"

#include <cstring>
#include <memory>

#include "gtest/gtest.h"

namespace asap {
namespace {

TEST(PeakMemoryTest, RemembersWhatWasFreed) {
  const int64_t before = PeakMemoryBytes();
  EXPECT_GT(before, 0);
  constexpr size_t kBytes = size_t{64} << 20;
  {
    std::unique_ptr<char[]> block(new char[kBytes]);
    std::memset(block.get(), 1, kBytes);
    EXPECT_EQ(block[kBytes / 2], 1);
  }
  const int64_t after = PeakMemoryBytes();
  EXPECT_GE(after - before, int64_t{48} << 20);
  EXPECT_LE(after - before, int64_t{80} << 20);
}

}  // namespace
}  // namespace asap
