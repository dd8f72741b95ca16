// tools:phantom: writes the synthetic dataset to files.
#ifndef ASAP_TOOLS_PHANTOM_PHANTOM_MAIN_LIB_H_
#define ASAP_TOOLS_PHANTOM_PHANTOM_MAIN_LIB_H_

#include "absl/status/status.h"
#include "tools/cli/cli.h"

namespace asap {

ToolHelp PhantomHelp();
absl::Status PhantomMain();

}  // namespace asap

#endif  // ASAP_TOOLS_PHANTOM_PHANTOM_MAIN_LIB_H_
