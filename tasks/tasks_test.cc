// Holds that tasks.bzl, given as an argument, and the registry list the same names, and that every spec is sound.
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/task.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

std::vector<std::string>& Table() {
  static auto* table = new std::vector<std::string>;
  return *table;
}

TEST(Tasks, TableEqualsRegistry) {
  EXPECT_THAT(Registry<TaskFactory>::Get("task").Names(), testing::UnorderedElementsAreArray(Table()));
}

TEST(Tasks, EachSpecIsSoundAndBearsItsName) {
  for (const std::string& name : Table()) {
    const auto factory = Registry<TaskFactory>::Get("task").Find(name);
    ASSERT_TRUE(factory.ok()) << factory.status();
    const std::unique_ptr<Task> task = (*factory)();
    EXPECT_EQ(task->spec().name, name);
    EXPECT_TRUE(ValidateSpec(task->spec()).ok()) << ValidateSpec(task->spec());
    EXPECT_FALSE(task->Scores({}).empty()) << name;
    EXPECT_EQ(task->Scores({})[0].metric.name, task->spec().headline) << name;
  }
}

}  // namespace
}  // namespace asap

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    absl::string_view argument = argv[i];
    if (absl::ConsumePrefix(&argument, "--tasks=")) asap::Table() = absl::StrSplit(argument, ',');
  }
  return RUN_ALL_TESTS();
}
