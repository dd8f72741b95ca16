#include "core/base/held_warnings.h"

#include <algorithm>
#include <utility>

#include "core/base/log.h"

namespace asap {
namespace {

thread_local HeldWarnings* g_innermost = nullptr;

}  // namespace

HeldWarnings::HeldWarnings() : outer_(std::exchange(g_innermost, this)) {}

HeldWarnings::~HeldWarnings() {
  g_innermost = outer_;
  for (const std::string& message : messages_) LogWarning(message);
}

std::vector<std::string> HeldWarnings::Take() { return std::exchange(messages_, {}); }

bool HeldWarnings::Hold(absl::string_view message) {
  if (g_innermost == nullptr) return false;
  std::vector<std::string>& messages = g_innermost->messages_;
  if (std::find(messages.begin(), messages.end(), message) == messages.end()) messages.emplace_back(message);
  return true;
}

}  // namespace asap
