#include "core/base/log.h"

#include <glog/logging.h>

#include <string>

#include "core/base/held_warnings.h"
#include "core/base/progress_line.h"

namespace asap {
namespace {

// Set before other threads start, never destroyed.
std::string& Prefix() {
  static std::string& prefix = *new std::string();
  return prefix;
}

std::string (*g_rewrite)(absl::string_view) = nullptr;

std::string Rewritten(absl::string_view message) { return g_rewrite == nullptr ? std::string(message) : g_rewrite(message); }

}  // namespace

void LogInfo(absl::string_view message) {
  if (!Prefix().empty()) return;
  const AboveProgress above;
  LOG(INFO) << Rewritten(message);
}

void LogWarning(absl::string_view message) {
  if (HeldWarnings::Hold(message)) return;
  const AboveProgress above;
  LOG(WARNING) << Prefix() << Rewritten(message);
}

void LogError(absl::string_view message) {
  const AboveProgress above;
  LOG(ERROR) << Prefix() << Rewritten(message);
}

void LogThrough(std::string (*rewrite)(absl::string_view)) { g_rewrite = rewrite; }

void LogAsRank(int64_t rank) { Prefix() = "[rank " + std::to_string(rank) + "] "; }

}  // namespace asap
