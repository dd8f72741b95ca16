// The main of every tool. It knows the build's commit, so that binaries alone link it: what does is linked anew after each
// commit.
//
//   int main(int argc, char** argv) {
//     return asap::RunTool(argc, argv, asap::PhantomHelp(), asap::PhantomMain);
//   }
#ifndef ASAP_TOOLS_CLI_RUN_TOOL_H_
#define ASAP_TOOLS_CLI_RUN_TOOL_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "tools/cli/cli.h"

namespace asap {

// Logging, parsing, --help, --version, and the exit code. An error is printed on one line; output that could not be
// written is one. Errors and the log go through WithFlags.
int RunTool(int argc, char** argv, const ToolHelp& help, const std::function<absl::Status()>& run);

// What --version prints: "import 0.13.0 (commit db61246a9f65)".
std::string VersionLine(absl::string_view tool);

}  // namespace asap

#endif  // ASAP_TOOLS_CLI_RUN_TOOL_H_
