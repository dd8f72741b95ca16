#include "core/bytes/isolated.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace asap {
namespace {

// How the child's status comes back, ahead of its bytes.
struct Report {
  bool finished;
  int code;
  char message[4096];
};

[[noreturn]] void RunChild(const std::function<absl::Status(absl::Span<char>)>& work, int seconds, pid_t parent, Report* report,
                           absl::Span<char> bytes) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // the parent ended before the line above
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  for (int name : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM, SIGTERM}) signal(name, SIG_DFL);
  const int nowhere = open("/dev/null", O_WRONLY);
  if (nowhere >= 0) {
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
  }
  alarm(static_cast<unsigned>(seconds));
  const absl::Status status = work(bytes);
  report->code = static_cast<int>(status.code());
  const size_t length = std::min(status.message().size(), sizeof(report->message) - 1);
  memcpy(report->message, status.message().data(), length);
  report->message[length] = '\0';
  report->finished = true;
  _exit(0);
}

}  // namespace

absl::Status RunIsolated(const std::function<absl::Status(absl::Span<char>)>& work, int seconds, absl::Span<char> out) {
  const size_t total = sizeof(Report) + out.size();
  void* shared = mmap(nullptr, total, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED)
    return absl::ResourceExhaustedError(absl::StrCat("no memory to share with a child process: ", strerror(errno)));
  auto* report = static_cast<Report*>(shared);
  char* bytes = static_cast<char*>(shared) + sizeof(Report);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) RunChild(work, seconds, parent, report, absl::MakeSpan(bytes, out.size()));
  absl::Status status;
  if (child < 0) {
    status = absl::ResourceExhaustedError(absl::StrCat("cannot start a child process: ", strerror(errno)));
  } else {
    int how = 0;
    while (waitpid(child, &how, 0) < 0 && errno == EINTR) {
    }
    if (!report->finished) {
      status = absl::DataLossError(WIFSIGNALED(how) && WTERMSIG(how) == SIGALRM ? "decoding took too long"
                                                                                : "its decoder crashed on it");
    } else {
      status = absl::Status(static_cast<absl::StatusCode>(report->code), report->message);
      if (status.ok()) memcpy(out.data(), bytes, out.size());
    }
  }
  munmap(shared, total);
  return status;
}

}  // namespace asap
