#include "tools/benchmark/choose_tasks.h"

#include "core/base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using testing::HasSubstr;

std::vector<std::string> Names(const std::string& patterns) {
  const auto tasks = ChooseTasks(patterns);
  EXPECT_TRUE(tasks.ok()) << tasks.status();
  std::vector<std::string> names;
  if (tasks.ok()) {
    for (const auto& task : *tasks) names.push_back(task->spec().name);
  }
  return names;
}

TEST(ChooseTasks, ByPattern) {
  EXPECT_THAT(Names("prognosis/..."), testing::ElementsAre("prognosis/inspect", "prognosis/stoic"));
  EXPECT_THAT(Names("*/stoic, classification/luna16"),
              testing::ElementsAre("classification/luna16", "classification/stoic", "prognosis/stoic"));
  EXPECT_GE(Names("...").size(), 8);
}

TEST(ChooseTasks, APatternThatMatchesNoneHasItsNearest) {
  EXPECT_THAT(std::string(ChooseTasks("classification/stoik").status().message()),
              HasSubstr("did you mean \"classification/stoic\"?"));
}

TEST(TasksPage, IsTheReferencePage) {
  const absl::StatusOr<std::string> path = Runfile("asap/docs/reference/tasks.md");
  ASSERT_TRUE(path.ok()) << path.status();
  EXPECT_EQ(TasksPage(*ChooseTasks("...")), *ReadFile(*path))
      << "write it again: ./tools/bazel run //tools:benchmark -- --help_tasks > docs/reference/tasks.md";
}

}  // namespace
}  // namespace asap
