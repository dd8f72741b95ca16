// Writes the folder of a new task plug-in.
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

// Writes tasks/KIND/NAME/{BUILD, NAME.cc, README.md} and adds the task to tasks/tasks.bzl, in the order of names. Returns what
// was written, relative to the workspace. All or nothing: AlreadyExists where the folder is there, InvalidArgument for a name
// that makes none, FailedPrecondition where the workspace is not this repository.
absl::StatusOr<std::vector<std::string>> WriteNewTask(const NewTask& task);

}  // namespace asap

#endif  // ASAP_TOOLS_NEW_TASK_WRITE_TASK_H_
