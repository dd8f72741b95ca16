#include "tests/performance/step_profile.h"

#include <ATen/core/TensorBody.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace asap {
namespace {

using Clock = std::chrono::steady_clock;

struct Entry {
  double seconds = 0;
  int64_t calls = 0;
};

// LibTorch's callbacks are plain functions: what they fill is theirs. One profile runs at a time.
std::mutex mutex;
std::map<std::string, Entry>& Entries() {
  static auto& entries = *new std::map<std::string, Entry>();
  return entries;
}

struct Frame : at::ObserverContext {
  std::string name;
  Clock::time_point start;
  double children = 0;
  Frame* parent = nullptr;
};
thread_local Frame* current = nullptr;

std::string Shapes(const at::RecordFunction& function) {
  std::vector<std::string> shapes;
  for (const c10::IValue& input : function.inputs()) {
    if (input.isTensor() && input.toTensor().defined()) {
      shapes.push_back(absl::StrCat("[", absl::StrJoin(input.toTensor().sizes(), ","), "]"));
    }
  }
  return absl::StrJoin(shapes, " ");
}

template <bool kShapes>
std::unique_ptr<at::ObserverContext> Start(const at::RecordFunction& function) {
  auto frame = std::make_unique<Frame>();
  frame->name = function.name();
  if constexpr (kShapes) absl::StrAppend(&frame->name, " ", Shapes(function));
  frame->parent = std::exchange(current, frame.get());
  frame->start = Clock::now();
  return frame;
}

void End(const at::RecordFunction& function, at::ObserverContext* context) {
  auto* frame = static_cast<Frame*>(context);
  if (frame == nullptr) return;
  const double seconds = std::chrono::duration<double>(Clock::now() - frame->start).count();
  current = frame->parent;
  if (current != nullptr) current->children += seconds;
  const std::lock_guard<std::mutex> lock(mutex);
  Entry& entry = Entries()[frame->name];
  entry.seconds += seconds - frame->children;
  ++entry.calls;
}

}  // namespace

StepProfile::StepProfile(bool shapes) {
  Entries().clear();
  at::RecordFunctionCallback callback(shapes ? &Start<true> : &Start<false>, &End);
  callback.needsInputs(shapes).scopes({at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION});
  handle_ = at::addGlobalCallback(callback);
}

StepProfile::~StepProfile() { at::removeCallback(handle_); }

std::string StepProfile::Table(size_t rows) const {
  const std::lock_guard<std::mutex> lock(mutex);
  std::vector<std::pair<std::string, Entry>> entries(Entries().begin(), Entries().end());
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.second.seconds > b.second.seconds; });
  double total = 0;
  for (const auto& [name, entry] : entries) total += entry.seconds;
  std::string table = absl::StrFormat("%6s %9s %7s  operation\n", "share", "seconds", "calls");
  for (size_t i = 0; i < std::min(rows, entries.size()); ++i) {
    const auto& [name, entry] = entries[i];
    absl::StrAppendFormat(&table, "%5.1f%% %9.4f %7d  %s\n", 100 * entry.seconds / std::max(total, 1e-9), entry.seconds,
                          entry.calls, name);
  }
  absl::StrAppendFormat(&table, "%6s %9.4f\n", "all", total);
  return table;
}

}  // namespace asap
