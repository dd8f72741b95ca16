// tools:probe: how much a frozen encoder tells about the findings, against the same encoder with random weights.
#ifndef ASAP_TOOLS_PROBE_PROBE_MAIN_LIB_H_
#define ASAP_TOOLS_PROBE_PROBE_MAIN_LIB_H_

#include "absl/status/status.h"
#include "tools/cli/cli.h"

namespace asap {

ToolHelp ProbeHelp();
absl::Status ProbeMain();

}  // namespace asap

#endif  // ASAP_TOOLS_PROBE_PROBE_MAIN_LIB_H_
