#include "core/distributed/ranks_for_testing.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <exception>

namespace asap {
namespace {

int g_lines = -1;

void WriteAll(int descriptor, const std::string& text) {
  for (size_t done = 0; done < text.size();) {
    const ssize_t written = write(descriptor, text.data() + done, text.size() - done);
    if (written <= 0) return;
    done += written;
  }
}

}  // namespace

int FreePort() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  socklen_t size = sizeof(address);
  bind(listener, reinterpret_cast<sockaddr*>(&address), size);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  close(listener);
  return ntohs(address.sin_port);
}

Ranks::Ranks(int64_t world, const std::function<std::string(const LaunchEnvironment&)>& run) {
  const int port = FreePort();
  for (int64_t rank = 0; rank < world; ++rank) {
    int result[2], lines[2];
    if (pipe(result) != 0 || pipe(lines) != 0) abort();
    const pid_t pid = fork();
    if (pid == 0) {
      g_lines = lines[1];
      close(result[0]);
      close(lines[0]);
      try {
        WriteAll(result[1], run({.rank = rank, .world = world, .address = "127.0.0.1", .port = port, .attempt = "0"}));
      } catch (const std::exception& error) {  // which must not reach the test: the child would go on with the tests that follow
        WriteAll(result[1], error.what());
        _exit(3);
      }
      _exit(0);
    }
    close(result[1]);
    close(lines[1]);
    children_.push_back({pid, result[0], lines[0]});
  }
}

Ranks::~Ranks() {
  for (int64_t rank = 0; rank < static_cast<int64_t>(children_.size()); ++rank) {
    if (!children_[rank].waited) kill(children_[rank].pid, SIGKILL);
    Wait(rank);
    close(children_[rank].result);
    close(children_[rank].lines);
  }
}

std::string Ranks::Hear(int64_t rank) {
  std::string line;
  for (char c; read(children_[rank].lines, &c, 1) == 1 && c != '\n';) line.push_back(c);
  return line;
}

void Ranks::Tell(const std::string& line) { WriteAll(g_lines, line + "\n"); }

RankResult Ranks::Wait(int64_t rank) {
  Child& child = children_[rank];
  RankResult result;
  if (child.waited) return result;
  char buffer[4096];
  for (ssize_t count; (count = read(child.result, buffer, sizeof(buffer))) > 0;) result.text.append(buffer, count);
  int status = 0;
  waitpid(child.pid, &status, 0);
  child.waited = true;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

std::vector<RankResult> Ranks::Wait() {
  std::vector<RankResult> results;
  for (int64_t rank = 0; rank < static_cast<int64_t>(children_.size()); ++rank) results.push_back(Wait(rank));
  return results;
}

}  // namespace asap
