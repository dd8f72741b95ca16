// Lets threads take memory up to a budget, and wait where it is spent.
#ifndef ASAP_TOOLS_PREPROCESS_MEMORY_GATE_H_
#define ASAP_TOOLS_PREPROCESS_MEMORY_GATE_H_

#include <algorithm>
#include <cstdint>

#include "absl/synchronization/mutex.h"

namespace asap {

class MemoryGate {
 public:
  explicit MemoryGate(int64_t budget) : budget_(budget), free_(budget) {}

  // Holds `bytes`, or the whole budget where they are more: such a case runs alone.
  class Hold {
   public:
    Hold(MemoryGate& gate, int64_t bytes) : gate_(gate), bytes_(std::min(bytes, gate.budget_)) {
      absl::MutexLock lock(&gate_.mutex_);
      const auto enough = [this] {
        gate_.mutex_.AssertHeld();
        return gate_.free_ >= bytes_;
      };
      gate_.mutex_.Await(absl::Condition(&enough));
      gate_.free_ -= bytes_;
    }
    ~Hold() {
      absl::MutexLock lock(&gate_.mutex_);
      gate_.free_ += bytes_;
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    MemoryGate& gate_;
    const int64_t bytes_;
  };

 private:
  absl::Mutex mutex_;
  const int64_t budget_;
  int64_t free_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace asap

#endif  // ASAP_TOOLS_PREPROCESS_MEMORY_GATE_H_
