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
    for (const std::string kind : {"classification", "prognosis"}) {
      const std::string from = *Runfile(absl::StrCat("asap/tasks/", kind, "/template/template.cc"));
      std::filesystem::create_directories(absl::StrCat(workspace_, "/tasks/", kind));
      std::filesystem::copy(std::filesystem::path(from).parent_path(), absl::StrCat(workspace_, "/tasks/", kind, "/template"));
    }
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
              testing::ElementsAre("tasks/classification/my_hospital/BUILD", "tasks/classification/my_hospital/README.md",
                                   "tasks/classification/my_hospital/my_hospital.cc", "tasks/tasks.bzl"));
  EXPECT_THAT(
      Read("tasks/tasks.bzl"),
      HasSubstr("aa\",\n    \"classification/my_hospital\": \"//tasks/classification/my_hospital\",\n    \"prognosis/zz"));
  const std::string source = Read("tasks/classification/my_hospital/my_hospital.cc");
  EXPECT_THAT(source, HasSubstr(".labels = {\"Lung nodule\", \"Emphysema\"}"));
  EXPECT_THAT(source, HasSubstr("REGISTER_TASK(\"classification/my_hospital\", Make);"));
  EXPECT_THAT(source, testing::Not(HasSubstr("template")));
  const std::string build = Read("tasks/classification/my_hospital/BUILD");
  EXPECT_THAT(build,
              HasSubstr("name = \"my_hospital\",\n    task = \"classification/my_hospital\",\n    srcs = [\"my_hospital.cc\"]"));
  EXPECT_THAT(build, testing::Not(HasSubstr("template")));
  EXPECT_THAT(Read("tasks/classification/my_hospital/README.md"), testing::Not(HasSubstr("template")));
}

TEST_F(WriteTaskTest, EachKindHasATemplate) {
  NewTask task = Hospital();
  task.name = "prognosis/relapse";
  task.dataset = "stoic";
  task.labels = {"Relapse"};
  ASSERT_TRUE(WriteNewTask(task).ok());
  const std::string source = Read("tasks/prognosis/relapse/relapse.cc");
  EXPECT_THAT(source, HasSubstr("spec.task.labels = {\"Relapse\"};"));
  EXPECT_THAT(source, HasSubstr("spec.task.dataset = \"stoic\";"));
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
  task.labels.clear();
  EXPECT_THAT(std::string(WriteNewTask(task).status().message()), HasSubstr("expected one or more"));
  ASSERT_TRUE(WriteFileAtomically(workspace_ + "/tasks/tasks.bzl", "nothing\n").ok());
  EXPECT_EQ(WriteNewTask(Hospital()).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(std::filesystem::exists(workspace_ + "/tasks/classification/my_hospital"));
  std::filesystem::remove_all(workspace_ + "/tasks");
  EXPECT_THAT(std::string(WriteNewTask(Hospital()).status().message()), HasSubstr("has no tasks/KIND/template"));
}

}  // namespace
}  // namespace asap
