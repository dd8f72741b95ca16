// tools:new_task: starts a task of one's own.
#ifndef ASAP_TOOLS_NEW_TASK_NEW_TASK_MAIN_LIB_H_
#define ASAP_TOOLS_NEW_TASK_NEW_TASK_MAIN_LIB_H_

#include "absl/status/status.h"
#include "tools/cli/cli.h"

namespace asap {

ToolHelp NewTaskHelp();
absl::Status NewTaskMain();

}  // namespace asap

#endif  // ASAP_TOOLS_NEW_TASK_NEW_TASK_MAIN_LIB_H_
