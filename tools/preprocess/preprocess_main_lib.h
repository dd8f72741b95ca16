// tools:preprocess: scans as they come to volumes that training reads.
#ifndef ASAP_TOOLS_PREPROCESS_PREPROCESS_MAIN_LIB_H_
#define ASAP_TOOLS_PREPROCESS_PREPROCESS_MAIN_LIB_H_

#include "absl/status/status.h"
#include "tools/cli/cli.h"

namespace asap {

ToolHelp PreprocessHelp();
absl::Status PreprocessMain();

}  // namespace asap

#endif  // ASAP_TOOLS_PREPROCESS_PREPROCESS_MAIN_LIB_H_
