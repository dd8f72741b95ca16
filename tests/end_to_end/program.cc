#include "tests/end_to_end/program.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "gtest/gtest.h"

namespace asap {

ProgramResult RunProgram(const std::string& program, const std::vector<std::string>& arguments, const ProgramOptions& options) {
  static int counter = 0;
  const std::string folder = testing::TempDir();
  const std::string out = absl::StrCat(folder, "/program-", ++counter, ".out"),
                    err = absl::StrCat(folder, "/program-", counter, ".err");
  ProgramResult result;
  const absl::StatusOr<std::string> path = Runfile(program);
  if (!path.ok()) {
    result.errors = std::string(path.status().message());
    return result;
  }
  std::vector<std::string> words = {*path};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  const pid_t child = fork();
  if (child == 0) {
    setenv("BUILD_WORKING_DIRECTORY", folder.c_str(), 1);
    dup2(open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
    dup2(open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  bool sent = false;
  while (waitpid(child, &status, options.kill_when ? WNOHANG : 0) == 0) {
    if (!sent && options.kill_when()) {
      kill(child, options.signal);
      sent = true;  // a second one would end it at once
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.output = ReadFile(out).value_or("");
  result.errors = ReadFile(err).value_or("");
  return result;
}

}  // namespace asap
