// Runs work on untrusted input in a child process, so that a library that aborts on damaged data (Debian's GDCM does: it is built
// with assertions) ends the child and not the program.
#ifndef ASAP_CORE_BYTES_ISOLATED_H_
#define ASAP_CORE_BYTES_ISOLATED_H_

#include <cstddef>
#include <functional>

#include "absl/status/status.h"
#include "absl/types/span.h"

namespace asap {

// Forks; the child runs `work` on zeroed memory of out.size() bytes, which is copied to `out` when work succeeds. DataLoss where
// the child crashes or takes more than `seconds`. What the child prints is dropped: it may hold header strings.
//
// The child has this thread alone, so `work` must not need others, nor locks that other threads may hold: use it for a library
// that the parent does not call itself.
absl::Status RunIsolated(const std::function<absl::Status(absl::Span<char> out)>& work, int seconds, absl::Span<char> out);

}  // namespace asap

#endif  // ASAP_CORE_BYTES_ISOLATED_H_
