// Messages to the user on standard error, through glog, above the live progress line where there is one. A plain interface,
// because glog's macros clash with LibTorch's.
// Report text, header strings and patient ids are private: never pass them here (case ids are fine).
#ifndef ASAP_CORE_BASE_LOG_H_
#define ASAP_CORE_BASE_LOG_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace asap {

void LogInfo(absl::string_view message);
void LogWarning(absl::string_view message);
void LogError(absl::string_view message);

// Every message goes through `rewrite` first: a tool's last word, such as the flags of options that libraries name in words. Call
// it before other threads start.
void LogThrough(std::string (*rewrite)(absl::string_view));

// For one of several processes of a job that is not the first: from here on information is left out, and warnings and errors
// start with "[rank N] ".
void LogAsRank(int64_t rank);

}  // namespace asap

#endif  // ASAP_CORE_BASE_LOG_H_
