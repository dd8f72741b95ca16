// Starts a task plug-in: its kind's tasks/KIND/template, which compiles and is tested like any task, is copied under another
// name.
#ifndef ASAP_TOOLS_NEW_TASK_WRITE_TASK_H_
#define ASAP_TOOLS_NEW_TASK_WRITE_TASK_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace asap {

struct NewTask {
  std::string name;                 // "classification/my_hospital": a kind that is there, and letters, digits and underscores
  std::string dataset = "pairs";    // registered name
  std::vector<std::string> labels;  // keys of the dataset's labels
  std::string workspace;            // absolute: the folder with WORKSPACE
};

// Copies tasks/KIND/template to tasks/KIND/NAME, with the task's name, dataset and labels in place of the template's, and adds
// the task to tasks/tasks.bzl, in the order of names. Returns what was written, relative to the workspace. Errors come before
// anything is written: AlreadyExists where the folder is there, InvalidArgument for a name that makes none or a kind without a
// template, FailedPrecondition where the workspace is not this repository.
absl::StatusOr<std::vector<std::string>> WriteNewTask(const NewTask& task);

}  // namespace asap

#endif  // ASAP_TOOLS_NEW_TASK_WRITE_TASK_H_
