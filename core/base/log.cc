#include "core/base/log.h"

#include <glog/logging.h>

#include <string>

#include "core/base/progress_line.h"

namespace asap {
namespace {

// Set before other threads start, never destroyed.
std::string& Prefix() {
  static std::string& prefix = *new std::string();
  return prefix;
}

}  // namespace

void LogInfo(absl::string_view message) {
  if (!Prefix().empty()) return;
  const AboveProgress above;
  LOG(INFO) << message;
}

void LogWarning(absl::string_view message) {
  const AboveProgress above;
  LOG(WARNING) << Prefix() << message;
}

void LogError(absl::string_view message) {
  const AboveProgress above;
  LOG(ERROR) << Prefix() << message;
}

void LogAsRank(int64_t rank) { Prefix() = "[rank " + std::to_string(rank) + "] "; }

}  // namespace asap
