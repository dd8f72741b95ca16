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
  struct sigaction old_interrupt, old_terminate;
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
}

InterruptScope::~InterruptScope() {
  Scopes& scopes = TheScopes();
  const std::lock_guard<std::mutex> lock(scopes.mutex);
  if (--scopes.count > 0) return;
  sigaction(SIGINT, &scopes.old_interrupt, nullptr);
  sigaction(SIGTERM, &scopes.old_terminate, nullptr);
}

bool InterruptScope::requested() const { return g_requested != 0; }

}  // namespace asap
