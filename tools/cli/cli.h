// What all tools' command lines share: --help that teaches, errors that suggest, flagfiles, and the exit codes
// 0 (all that was asked was done), 2 (a wrong call), 1 (anything else).
#ifndef ASAP_TOOLS_CLI_CLI_H_
#define ASAP_TOOLS_CLI_CLI_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace asap {

struct ToolHelp {
  std::string name;                   // "pretrain", also its folder under tools/
  std::string summary;                // what it does and what it leaves, a few lines
  std::vector<std::string> examples;  // whole commands that work as written
  // Arguments to read before those typed, which win: a named configuration. May be null.
  std::function<absl::StatusOr<std::vector<std::string>>(const std::vector<std::string>& typed)> defaults;
};

// The value of --name in `typed`, the last one where there are several; nullopt where it is not there.
std::optional<std::string> TypedFlag(const std::vector<std::string>& typed, const std::string& name);

// Parses `arguments` (without the program's name) into gflags' flags. --flagfile=FILE is expanded in place, a later flag wins,
// and words that are no flags are an error. InvalidArgument names the flag, what it expects and its near matches.
absl::Status ParseFlags(const std::vector<std::string>& arguments);

// The flags that the tool itself defines, one "name type default" a line, sorted: what the frozen-flags tests hold.
std::string FlagTable(const std::string& tool);

// The text of --help. The defaults that it shows are the flags' present values, after ToolHelp::defaults.
std::string HelpText(const ToolHelp& help);

// "--name=value" lines of the tool's flags as they stand now: a flagfile that reproduces the run.
std::string ResolvedFlagfile(const std::string& tool);

// A library's message with flags where it names an option in words: "start anew" becomes "start anew (--resume=never)". Only
// flags that the running tool has.
std::string WithFlags(absl::string_view message);

}  // namespace asap

#endif  // ASAP_TOOLS_CLI_CLI_H_
