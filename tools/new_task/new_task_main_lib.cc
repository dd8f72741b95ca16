#include "tools/new_task/new_task_main_lib.h"

#include <gflags/gflags.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "tools/new_task/write_task.h"

DEFINE_string(name, "", "KIND/NAME, as classification/my_hospital. A kind is a folder of tasks/ that has a template.");
DEFINE_string(dataset, "pairs", "Registered dataset: pairs reads a CSV of your own, whose further columns are labels.");
DEFINE_string(labels, "Lung nodule", "Labels of the dataset, comma-separated: each 0 or 1.");
DEFINE_string(workspace, "", "The repository. Empty: where the command is typed.");

namespace asap {

ToolHelp NewTaskHelp() {
  return {.name = "new_task",
          .summary =
              "Copies a kind's template, a task plug-in that compiles and is tested, and adds its line to tasks/tasks.bzl.\n"
              "docs/how-to/add-a-task.md goes on from there; docs/how-to/add-a-kind.md tells of kinds of one's own.",
          .examples = {"./tools/bazel run //tools:new_task -- --name=classification/my_hospital",
                       "./tools/bazel run //tools:new_task -- --name=prognosis/relapse --labels=Relapse"}};
}

absl::Status NewTaskMain() {
  if (FLAGS_name.empty()) return absl::InvalidArgumentError("--name=KIND/NAME is needed, as classification/my_hospital");
  const char* workspace = std::getenv("BUILD_WORKSPACE_DIRECTORY");  // of bazel run
  NewTask task{.name = FLAGS_name,
               .dataset = FLAGS_dataset,
               .labels = absl::StrSplit(FLAGS_labels, ',', absl::SkipEmpty()),
               .workspace = !FLAGS_workspace.empty() ? UserPath(FLAGS_workspace)
                            : workspace != nullptr   ? workspace
                                                     : UserPath(".")};
  ASAP_ASSIGN_OR_RETURN(const std::vector<std::string> written, WriteNewTask(task));
  for (const std::string& path : written) std::printf("%s\n", path.c_str());
  std::printf("\nnext:\n  ./tools/bazel test //tasks/%s:all\n  ./tools/bazel run //tools:benchmark -- --tasks=%s\n",
              FLAGS_name.c_str(), FLAGS_name.c_str());
  return absl::OkStatus();
}

}  // namespace asap
