// tools:anatomy: masks of organ classes for the injection loss.
#ifndef ASAP_TOOLS_ANATOMY_ANATOMY_MAIN_LIB_H_
#define ASAP_TOOLS_ANATOMY_ANATOMY_MAIN_LIB_H_

#include "absl/status/status.h"
#include "tools/cli/cli.h"

namespace asap {

ToolHelp AnatomyHelp();
absl::Status AnatomyMain();

}  // namespace asap

#endif  // ASAP_TOOLS_ANATOMY_ANATOMY_MAIN_LIB_H_
