// For a caller that files what a piece of work warns of, beside telling it: readers of files warn through LogWarning wherever
// they are called from.
#ifndef ASAP_CORE_BASE_HELD_WARNINGS_H_
#define ASAP_CORE_BASE_HELD_WARNINGS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace asap {

// While one lives, LogWarning on its thread adds to it in place of telling; of several, to the innermost. It lives on the stack.
class HeldWarnings {
 public:
  HeldWarnings();
  // What was not taken is told.
  ~HeldWarnings();
  HeldWarnings(const HeldWarnings&) = delete;
  HeldWarnings& operator=(const HeldWarnings&) = delete;

  // The warnings since the last call, each once, in the order in which they came.
  std::vector<std::string> Take();

  // Adds the message to the thread's innermost HeldWarnings; false where there is none.
  static bool Hold(absl::string_view message);

 private:
  HeldWarnings* const outer_;
  std::vector<std::string> messages_;
};

}  // namespace asap

#endif  // ASAP_CORE_BASE_HELD_WARNINGS_H_
