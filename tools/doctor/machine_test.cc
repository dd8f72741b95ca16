#include "tools/doctor/machine.h"

#include <algorithm>

#include "core/base/file.h"
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

// The wrapper and the doctor read one list: what the one installs, the other looks for.
TEST(Machine, PackagesAreThoseOfTheWrappersList) {
  const auto list = ReadFile(*Runfile("asap/third_party/packages.txt"));
  ASSERT_TRUE(list.ok()) << list.status();
  const std::vector<std::string> packages = PackagesOf(*list);
  EXPECT_GE(packages.size(), 28u);
  for (const char* needed : {"bazel-skylib", "libssl-dev", "libxxhash-dev", "chromium"}) {
    EXPECT_EQ(std::count(packages.begin(), packages.end(), needed), 1) << needed;
  }
  const auto wrapper = ReadFile(*Runfile("asap/tools/bazel"));
  ASSERT_TRUE(wrapper.ok()) << wrapper.status();
  EXPECT_NE(wrapper->find("third_party/packages.txt"), std::string::npos);
  EXPECT_EQ(wrapper->find("libssl-dev"), std::string::npos) << "a second list";
  EXPECT_EQ(PackagesOf("# a comment\n\n a \nb"), (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace asap
