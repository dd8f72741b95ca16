#include "core/train/interrupt.h"

#include <unistd.h>

#include <csignal>
#include <mutex>

namespace asap {
namespace {

volatile std::sig_atomic_t g_requested = 0;

// The scopes there are, and what the first of them found.
struct Scopes {
  std::mutex mutex;
  int count = 0;
  struct sigaction old_interrupt, old_terminate, old_hang_up;
};

Scopes& TheScopes() {
  static Scopes& scopes = *new Scopes();
  return scopes;
}

// Async-signal-safe calls only.
void OnSignal(int) {
  g_requested = 1;
  static constexpr char kMessage[] = "\nStopping after this step and saving a checkpoint; signal again to stop at once.\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kMessage, sizeof(kMessage) - 1);
}

}  // namespace

InterruptScope::InterruptScope() {
  Scopes& scopes = TheScopes();
  const std::lock_guard<std::mutex> lock(scopes.mutex);
  if (scopes.count++ > 0) return;
  g_requested = 0;
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  // The second signal finds the default handler again, and a blocked read or write goes on after the first.
  action.sa_flags = SA_RESETHAND | SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &scopes.old_interrupt);
  sigaction(SIGTERM, &action, &scopes.old_terminate);
  // A terminal that goes away hangs up twice, by its shell and by the kernel: the second time is no second wish.
  action.sa_flags = SA_RESTART;
  sigaction(SIGHUP, nullptr, &scopes.old_hang_up);
  if (scopes.old_hang_up.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);  // nohup's wish is to go on
}

InterruptScope::~InterruptScope() {
  Scopes& scopes = TheScopes();
  const std::lock_guard<std::mutex> lock(scopes.mutex);
  if (--scopes.count > 0) return;
  sigaction(SIGINT, &scopes.old_interrupt, nullptr);
  sigaction(SIGTERM, &scopes.old_terminate, nullptr);
  sigaction(SIGHUP, &scopes.old_hang_up, nullptr);
}

bool InterruptScope::requested() const { return g_requested != 0; }

}  // namespace asap
