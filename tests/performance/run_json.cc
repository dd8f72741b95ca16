#include "tests/performance/run_json.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

extern char** environ;

namespace asap {

absl::StatusOr<RunJsonResult> RunJson(const std::vector<std::string>& words) {
  const auto failed = [&](const std::string& why) {
    return absl::InternalError(absl::StrCat(absl::StrJoin(words, " "), ": ", why));
  };
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  int ends[2];
  if (pipe(ends) != 0) return failed(strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  const auto begin = std::chrono::steady_clock::now();
  pid_t child = 0;
  const int error = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string output;
  char buffer[4096];
  while (error == 0) {
    const ssize_t count = read(ends[0], buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    output.append(buffer, count);
  }
  close(ends[0]);
  if (error != 0) return failed(strerror(error));
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  RunJsonResult result;
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return failed(WIFEXITED(status) ? absl::StrCat("exit status ", WEXITSTATUS(status))
                                    : absl::StrCat("ended by signal ", WTERMSIG(status)));
  }
  const absl::string_view text = absl::StripAsciiWhitespace(output);
  const absl::string_view last = text.substr(text.rfind('\n') + 1);  // npos + 1 is 0
  result.json = nlohmann::json::parse(last.begin(), last.end(), nullptr, /*allow_exceptions=*/false);
  if (!result.json.is_object()) result.json = nullptr;
  return result;
}

}  // namespace asap
