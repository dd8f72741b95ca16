#include "tools/cli/run_tool.h"

#include <glog/logging.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/log.h"
#include "tools/build_info/build_info.h"

namespace asap {

std::string VersionLine(absl::string_view tool) {
  return absl::StrCat(tool, " ", BuildVersion(), " (commit ", BuildCommit(), ")");
}

int RunTool(int argc, char** argv, const ToolHelp& help, const std::function<absl::Status()>& run) {
  FLAGS_logtostderr = true;
  FLAGS_log_prefix = false;
  google::InitGoogleLogging(argv[0]);
  LogThrough(WithFlags);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool asks_for_help = std::any_of(arguments.begin(), arguments.end(), [](const std::string& argument) {
    return argument == "--help" || argument == "-help" || argument == "-h";
  });
  // As --help, it is answered whatever stands beside it.
  if (std::any_of(arguments.begin(), arguments.end(), [](const std::string& a) { return a == "--version" || a == "-version"; })) {
    std::cout << VersionLine(help.name) << "\n";
    return 0;
  }
  absl::Status parsed;
  if (help.defaults != nullptr) {
    const absl::StatusOr<std::vector<std::string>> defaults = help.defaults(arguments);
    parsed = defaults.ok() ? ParseFlags(*defaults) : defaults.status();
  }
  if (asks_for_help && parsed.ok()) {
    std::cout << HelpText(help);
    return 0;
  }
  if (parsed.ok()) parsed = ParseFlags(arguments);
  if (!parsed.ok()) {
    std::cerr << help.name << ": " << WithFlags(parsed.message()) << "\n";
    return 2;
  }
  const absl::Status status = run();
  if (status.ok()) return 0;
  std::cerr << help.name << ": " << WithFlags(status.message()) << "\n";
  return status.code() == absl::StatusCode::kInvalidArgument ? 2 : 1;
}

}  // namespace asap
