#include "tools/benchmark/demo_encoder.h"

#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/status.h"

extern char** environ;

namespace asap {

absl::StatusOr<std::string> DemoEncoder() {
  const std::string folder = UserPath("asap_runs/demo"), weights = folder + "/encoder.safetensors";
  struct stat status;
  if (::stat(weights.c_str(), &status) == 0) return weights;
  LogInfo("no encoder was named and none is at asap_runs/demo: pre-training the demo, about two minutes");
  ASAP_ASSIGN_OR_RETURN(std::string program, Runfile("asap/tools/pretrain/pretrain"));
  std::string output = absl::StrCat("--output_dir=", folder);
  char* const arguments[] = {program.data(), output.data(), nullptr};
  pid_t child = 0;
  // Its standard output would come between this tool's results.
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, 2, 1);
  const int error = ::posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return absl::InternalError(absl::StrCat(program, ": cannot be started: ", std::strerror(error)));
  int code = 0;
  while (::waitpid(child, &code, 0) < 0) {
    if (errno != EINTR) return absl::InternalError(absl::StrCat("waiting for ", program, ": ", std::strerror(errno)));
  }
  if (::stat(weights.c_str(), &status) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        "pre-training the demo left no ", weights, "; run ./tools/bazel run //tools:pretrain, or name weights with --encoder"));
  }
  return weights;
}

}  // namespace asap
