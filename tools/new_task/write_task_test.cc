#include "tools/new_task/write_task.h"

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using testing::HasSubstr;

class WriteTaskTest : public testing::Test {
 protected:
  WriteTaskTest() {
    workspace_ = absl::StrCat(testing::TempDir(), "/", testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(workspace_);
    EXPECT_TRUE(MakeWritableFolder(workspace_ + "/tasks").ok());
    EXPECT_TRUE(
        WriteFileAtomically(workspace_ + "/tasks/tasks.bzl",
                            "\"\"\"The table.\"\"\"\n\nTASKS = {\n    \"classification/aa\": \"//tasks/classification/aa\",\n"
                            "    \"prognosis/zz\": \"//tasks/prognosis/zz\",\n}\n")
            .ok());
  }
  NewTask Hospital() {
    return {.name = "classification/my_hospital", .labels = {"Lung nodule", "Emphysema"}, .workspace = workspace_};
  }
  std::string Read(const std::string& path) { return *ReadFile(absl::StrCat(workspace_, "/", path)); }
  std::string workspace_;
};

TEST_F(WriteTaskTest, WritesTheFolderAndTheLine) {
  const auto written = WriteNewTask(Hospital());
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_THAT(*written,
              testing::ElementsAre("tasks/classification/my_hospital/BUILD", "tasks/classification/my_hospital/my_hospital.cc",
                                   "tasks/classification/my_hospital/README.md", "tasks/tasks.bzl"));
  EXPECT_THAT(
      Read("tasks/tasks.bzl"),
      HasSubstr("aa\",\n    \"classification/my_hospital\": \"//tasks/classification/my_hospital\",\n    \"prognosis/zz"));
  const std::string source = Read("tasks/classification/my_hospital/my_hospital.cc");
  EXPECT_THAT(source, HasSubstr(".labels = {\"Lung nodule\", \"Emphysema\"}"));
  EXPECT_THAT(source, HasSubstr("REGISTER_TASK(\"classification/my_hospital\", Make);"));
  EXPECT_THAT(source, testing::Not(HasSubstr("@")));
  EXPECT_THAT(Read("tasks/classification/my_hospital/BUILD"), HasSubstr("deps = [\"//tasks/classification\"]"));
}

TEST_F(WriteTaskTest, DoesNotOverwrite) {
  ASSERT_TRUE(WriteNewTask(Hospital()).ok());
  const std::string table = Read("tasks/tasks.bzl");
  EXPECT_EQ(WriteNewTask(Hospital()).status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Read("tasks/tasks.bzl"), table);
}

TEST_F(WriteTaskTest, NamesWhatIsWrong) {
  NewTask task = Hospital();
  task.name = "clasification/x";
  EXPECT_THAT(std::string(WriteNewTask(task).status().message()), HasSubstr("did you mean \"classification\"?"));
  task.name = "classification/My Hospital";
  EXPECT_THAT(std::string(WriteNewTask(task).status().message()), HasSubstr("lower-case"));
  task.name = "prognosis/mine";
  EXPECT_THAT(std::string(WriteNewTask(task).status().message()), HasSubstr("expected one label"));
  ASSERT_TRUE(WriteFileAtomically(workspace_ + "/tasks/tasks.bzl", "nothing\n").ok());
  EXPECT_EQ(WriteNewTask(Hospital()).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(std::filesystem::exists(workspace_ + "/tasks/classification"));
}

}  // namespace
}  // namespace asap
