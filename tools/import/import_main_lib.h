// tools:import: published weights of PyTorch and Hugging Face as safetensors that the other tools take.
#ifndef ASAP_TOOLS_IMPORT_IMPORT_MAIN_LIB_H_
#define ASAP_TOOLS_IMPORT_IMPORT_MAIN_LIB_H_

#include "absl/status/status.h"
#include "tools/cli/cli.h"

namespace asap {

ToolHelp ImportHelp();
absl::Status ImportMain();

}  // namespace asap

#endif  // ASAP_TOOLS_IMPORT_IMPORT_MAIN_LIB_H_
