#include "core/train/interrupt.h"

#include <unistd.h>

namespace asap {
namespace {

volatile std::sig_atomic_t g_requested = 0;

// Async-signal-safe calls only.
void OnSignal(int) {
  g_requested = 1;
  static constexpr char kMessage[] = "\nStopping after this step and saving a checkpoint; signal again to stop at once.\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kMessage, sizeof(kMessage) - 1);
}

}  // namespace

InterruptScope::InterruptScope() {
  g_requested = 0;
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  // The second signal finds the default handler again, and a blocked read or write goes on after the first.
  action.sa_flags = SA_RESETHAND | SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &old_interrupt_);
  sigaction(SIGTERM, &action, &old_terminate_);
}

InterruptScope::~InterruptScope() {
  sigaction(SIGINT, &old_interrupt_, nullptr);
  sigaction(SIGTERM, &old_terminate_, nullptr);
}

bool InterruptScope::requested() const { return g_requested != 0; }

}  // namespace asap
