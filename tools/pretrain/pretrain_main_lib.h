// tools:pretrain: learns an encoder from volumes and reports. OUTPUT_DIR/encoder.safetensors is the result.
#ifndef ASAP_TOOLS_PRETRAIN_PRETRAIN_MAIN_LIB_H_
#define ASAP_TOOLS_PRETRAIN_PRETRAIN_MAIN_LIB_H_

#include "absl/status/status.h"
#include "tools/cli/cli.h"

namespace asap {

ToolHelp PretrainHelp();
absl::Status PretrainMain();

}  // namespace asap

#endif  // ASAP_TOOLS_PRETRAIN_PRETRAIN_MAIN_LIB_H_
