#include "core/bytes/bus_error.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <mutex>

namespace asap {
namespace {

// Loaders hold one or two a thread. Read by a signal handler, so without locks or memory that comes and goes.
struct Watched {
  std::atomic<bool> taken{false};
  std::atomic<uintptr_t> begin{0}, end{0};
  std::array<char, 1024> path;
};
std::array<Watched, 256> watched;

void Say(const char* text) {
  if (write(STDERR_FILENO, text, std::strlen(text)) < 0) return;
}

void OnBusError(int signal_number, siginfo_t* info, void*) {
  const auto address = reinterpret_cast<uintptr_t>(info->si_addr);
  for (const Watched& mapping : watched) {
    if (address < mapping.begin.load() || address >= mapping.end.load()) continue;
    Say("error: ");
    Say(mapping.path.data());
    Say(" cannot be read any more: its disk has gone, or the file was cut short while it was in use. Mount the disk or restore "
        "the file, and start again: a run goes on from its last checkpoint.\n");
    break;
  }
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

void InstallHandler() {
  struct sigaction current;
  if (sigaction(SIGBUS, nullptr, &current) != 0 || current.sa_handler != SIG_DFL) return;
  struct sigaction action = {};
  action.sa_sigaction = OnBusError;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGBUS, &action, nullptr);
}

}  // namespace

int WatchMapping(const std::string& path, const void* data, size_t size) {
  static std::once_flag once;
  std::call_once(once, InstallHandler);
  for (size_t i = 0; i < watched.size(); ++i) {
    Watched& mapping = watched[i];
    if (mapping.taken.load(std::memory_order_relaxed) || mapping.taken.exchange(true)) continue;
    const size_t length = std::min(path.size(), mapping.path.size() - 1);
    std::memcpy(mapping.path.data(), path.data(), length);
    mapping.path[length] = '\0';
    mapping.begin = reinterpret_cast<uintptr_t>(data);
    mapping.end = reinterpret_cast<uintptr_t>(data) + size;
    return static_cast<int>(i);
  }
  return -1;
}

void EndWatch(int number) {
  if (number < 0) return;
  watched[number].end = 0;
  watched[number].begin = 0;
  watched[number].taken = false;
}

}  // namespace asap
