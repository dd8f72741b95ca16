#include "core/base/log.h"

#include <glog/logging.h>

#include <string>

namespace asap {
namespace {

// Set before other threads start, never destroyed.
std::string& Prefix() {
  static std::string& prefix = *new std::string();
  return prefix;
}

}  // namespace

void LogInfo(absl::string_view message) {
  if (Prefix().empty()) LOG(INFO) << message;
}
void LogWarning(absl::string_view message) { LOG(WARNING) << Prefix() << message; }
void LogError(absl::string_view message) { LOG(ERROR) << Prefix() << message; }

void LogAsRank(int64_t rank) { Prefix() = "[rank " + std::to_string(rank) + "] "; }

}  // namespace asap
