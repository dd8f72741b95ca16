#include "tools/doctor/machine.h"

#include "gtest/gtest.h"

namespace asap {
namespace {

TEST(Machine, IsSeen) {
  const Machine machine = InspectMachine();
  EXPECT_GE(machine.cores, 1);
  EXPECT_GT(machine.memory_bytes, int64_t{1} << 28);
  EXPECT_GT(machine.available_bytes, 0);
  EXPECT_LE(machine.available_bytes, machine.memory_bytes);
  EXPECT_GT(FreeDiskBytes("/"), 0);
  EXPECT_EQ(FreeDiskBytes("/no/such/folder"), -1);
}

TEST(Machine, NamesWhatIsNotInstalled) {
  const auto packages = InstalledPackages({"libc6", "no-such-package-of-anybody"});
  ASSERT_EQ(packages.size(), 2u);
  EXPECT_FALSE(packages[0].version.empty());
  EXPECT_TRUE(packages[1].version.empty());
}

}  // namespace
}  // namespace asap
