// tools:verify: whether a dataset's files are what its reader and its card say.
#ifndef ASAP_TOOLS_VERIFY_VERIFY_MAIN_LIB_H_
#define ASAP_TOOLS_VERIFY_VERIFY_MAIN_LIB_H_

#include "absl/status/status.h"
#include "tools/cli/cli.h"

namespace asap {

ToolHelp VerifyHelp();
absl::Status VerifyMain();

}  // namespace asap

#endif  // ASAP_TOOLS_VERIFY_VERIFY_MAIN_LIB_H_
