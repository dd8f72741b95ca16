#include "core/base/cores.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <filesystem>
#include <fstream>

namespace asap {
namespace {

std::string Root(const std::string& name) {
  const std::string root = testing::TempDir() + "/" + name;
  std::filesystem::remove_all(root);
  return root;
}

void Write(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path) << text;
}

TEST(CoresTest, TheSmallestLimitOfTheUnifiedGroupsAboveCountsRoundedUp) {
  const std::string root = Root("unified");
  Write(root + "/cpu.max", "max 100000\n");
  EXPECT_EQ(GroupCores("0::/a/b\n", root), 0);
  Write(root + "/a/cpu.max", "250000 100000\n");
  EXPECT_EQ(GroupCores("0::/a/b\n", root), 3);
  Write(root + "/a/b/cpu.max", "50000 100000\n");
  EXPECT_EQ(GroupCores("0::/a/b\n", root), 1);
  EXPECT_EQ(GroupCores("0::/a\n", root), 3);
  EXPECT_EQ(GroupCores("0::/elsewhere\n", root), 0);
}

TEST(CoresTest, AContainerThatSeesItsGroupAsTheRootIsHeldToItsLimit) {
  const std::string root = Root("container");
  Write(root + "/cpu.max", "200000 100000\n");
  EXPECT_EQ(GroupCores("0::/\n", root), 2);
  EXPECT_EQ(GroupCores("0::/path/outside/of/the/container\n", root), 2);
}

TEST(CoresTest, GroupsOfTheFirstVersionAreRead) {
  const std::string root = Root("first");
  Write(root + "/cpu/job/cpu.cfs_quota_us", "400000\n");
  Write(root + "/cpu/job/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(GroupCores("5:cpuset:/job\n4:cpu,cpuacct:/job\n0::/\n", root), 4);
  Write(root + "/cpu/job/cpu.cfs_quota_us", "-1\n");
  EXPECT_EQ(GroupCores("4:cpu,cpuacct:/job\n", root), 0);
}

TEST(CoresTest, WhatIsNoListOfGroupsSetsNoLimit) {
  EXPECT_EQ(GroupCores("", "/nowhere"), 0);
  EXPECT_EQ(GroupCores("4:cpu:no/slash\n::\nx\n", "/nowhere"), 0);
}

TEST(CoresTest, AProcessBoundToOneCoreHasOne) {
  cpu_set_t before, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof(before), &before), 0);
  CPU_ZERO(&one);
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &before)) {
      CPU_SET(core, &one);
      break;
    }
  }
  ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
  EXPECT_EQ(UsableCores(), 1);
  ASSERT_EQ(sched_setaffinity(0, sizeof(before), &before), 0);
  EXPECT_GE(UsableCores(), 1);
  EXPECT_LE(UsableCores(), CPU_COUNT(&before));
}

}  // namespace
}  // namespace asap
