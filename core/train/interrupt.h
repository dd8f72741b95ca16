// Ctrl-C and SIGTERM as a question instead of an end, for the length of a scope.
//
//   InterruptScope interrupt;
//   while (...) { ...; if (interrupt.requested()) { save; return; } }
//
// A second signal ends the process as it would have without the scope. One scope at a time.
#ifndef ASAP_CORE_TRAIN_INTERRUPT_H_
#define ASAP_CORE_TRAIN_INTERRUPT_H_

#include <csignal>

namespace asap {

class InterruptScope {
 public:
  InterruptScope();
  ~InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

  bool requested() const;

 private:
  struct sigaction old_interrupt_, old_terminate_;
};

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_INTERRUPT_H_
