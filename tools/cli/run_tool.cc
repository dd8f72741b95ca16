#include "tools/cli/run_tool.h"

#include <glog/logging.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/log.h"
#include "tools/build_info/build_info.h"

namespace asap {
namespace {

// Writes out what was printed. An error where some of it could not be: a report that is lost is no success.
absl::Status FlushOutput() {
  errno = 0;
  std::cout.flush();
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout.good()) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("not all that belongs on standard output could be written there",
                                          errno == 0 ? "" : absl::StrCat(" (", std::strerror(errno), ")"),
                                          "; make room where it goes, and call again"));
}

int ExitCode(const ToolHelp& help, absl::Status status) {
  status.Update(FlushOutput());
  if (status.ok()) return 0;
  std::cerr << help.name << ": " << WithFlags(status.message()) << "\n";
  return status.code() == absl::StatusCode::kInvalidArgument ? 2 : 1;
}

}  // namespace

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
    return ExitCode(help, absl::OkStatus());
  }
  absl::Status parsed;
  if (help.defaults != nullptr) {
    const absl::StatusOr<std::vector<std::string>> defaults = help.defaults(arguments);
    parsed = defaults.ok() ? ParseFlags(*defaults) : defaults.status();
  }
  if (asks_for_help && parsed.ok()) {
    std::cout << HelpText(help);
    return ExitCode(help, absl::OkStatus());
  }
  if (parsed.ok()) parsed = ParseFlags(arguments);
  if (!parsed.ok()) {
    std::cerr << help.name << ": " << WithFlags(parsed.message()) << "\n";
    return 2;
  }
  return ExitCode(help, run());
}

}  // namespace asap
