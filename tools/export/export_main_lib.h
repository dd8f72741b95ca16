// tools:export: an encoder for programs that are not this project.
#ifndef ASAP_TOOLS_EXPORT_EXPORT_MAIN_LIB_H_
#define ASAP_TOOLS_EXPORT_EXPORT_MAIN_LIB_H_

#include "absl/status/status.h"
#include "tools/cli/cli.h"

namespace asap {

ToolHelp ExportHelp();
absl::Status ExportMain();

}  // namespace asap

#endif  // ASAP_TOOLS_EXPORT_EXPORT_MAIN_LIB_H_
