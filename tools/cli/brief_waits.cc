// Has the threads of OpenMP wait briefly and then sleep, in every program that links this file: docs/decisions/brief-waits.md
// has the measurements.
//
// libgomp's threads, which LibTorch computes with, spin for about a millisecond before they sleep. Where other programs want the
// same cores, they burn the time slices that the thread they wait for needs. libgomp reads its environment when it is loaded, so
// that a program cannot say otherwise once main runs: before any library's constructor the program puts GOMP_SPINCOUNT into its
// environment and begins once more. What the user set of GOMP_SPINCOUNT or OMP_WAIT_POLICY stays.
#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

// Turns of a waiting thread before it sleeps; a few microseconds.
constexpr char kSpinCount[] = "GOMP_SPINCOUNT=300";

bool IsNamed(const char* variable, const char* name) {
  while (*name != '\0') {
    if (*variable++ != *name++) return false;
  }
  return *variable == '=';
}

// Runs before the C library's own constructors and those of sanitizers: it uses nothing of theirs but system calls.
__attribute__((no_sanitize("address", "undefined", "thread"))) void BeginWithBriefWaits(int, char** argv, char** environment) {
  constexpr int kMostVariables = 4096;
  const char* extended[kMostVariables + 2];
  int count = 0;
  for (; environment[count] != nullptr; ++count) {
    if (count == kMostVariables) return;
    if (IsNamed(environment[count], "GOMP_SPINCOUNT") || IsNamed(environment[count], "OMP_WAIT_POLICY")) return;
    extended[count] = environment[count];
  }
  extended[count] = kSpinCount;
  extended[count + 1] = nullptr;
  // The path itself, so that the process keeps its name in lists of processes.
  char program[PATH_MAX];
  const long length = syscall(SYS_readlink, "/proc/self/exe", program, sizeof(program) - 1);
  if (length <= 0) return;
  program[length] = '\0';
  // Where this fails, the program goes on as it is.
  syscall(SYS_execve, program, argv, extended);
}

}  // namespace

__attribute__((section(".preinit_array"), used)) void (*const begin_with_brief_waits)(int, char**, char**) = BeginWithBriefWaits;
