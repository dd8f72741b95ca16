// Ctrl-C, SIGTERM and a terminal that hangs up (SIGHUP) as a question instead of an end, for the length of a scope. It belongs to
// a program's main, or to whoever knows what there is to save; what it runs is handed the question, as
// TrainerCallbacks::interrupted.
//
//   InterruptScope interrupt;
//   while (...) { ...; if (interrupt.requested()) { save; return; } }
//
// A second signal ends the process as it would have without the scope, but for SIGHUP, which comes several times of one terminal.
// Where SIGHUP is ignored, as under nohup, it stays so. Scopes may nest: an inner one changes nothing, so that a
// signal which the outer one has not looked at yet is not lost, and the second one still ends the process.
#ifndef ASAP_CORE_TRAIN_INTERRUPT_H_
#define ASAP_CORE_TRAIN_INTERRUPT_H_

namespace asap {

class InterruptScope {
 public:
  InterruptScope();
  ~InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

  // Whether a signal came since the outermost scope began.
  bool requested() const;
};

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_INTERRUPT_H_
