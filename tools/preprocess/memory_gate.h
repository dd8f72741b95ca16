// Lets threads take memory up to a budget, and wait where it is spent.
#ifndef ASAP_TOOLS_PREPROCESS_MEMORY_GATE_H_
#define ASAP_TOOLS_PREPROCESS_MEMORY_GATE_H_

#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace asap {

// Most of what the machine has free now; the rest is left to the file cache and to others.
inline int64_t FreeMemoryBudget() {
  const int64_t available = static_cast<int64_t>(sysconf(_SC_AVPHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  const int64_t physical = static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  // Pages of the file cache count as taken but are given back on demand.
  return std::max(available * 3 / 4, physical / 3);
}

// The standard's mutex, since the thread sanitizer sees nothing of Debian's build of Abseil's.
class MemoryGate {
 public:
  explicit MemoryGate(int64_t budget) : budget_(budget), free_(budget) {}

  // Holds `bytes`, or the whole budget where they are more: such a case runs alone.
  class Hold {
   public:
    Hold(MemoryGate& gate, int64_t bytes) : gate_(gate), bytes_(std::min(bytes, gate.budget_)) {
      std::unique_lock lock(gate_.mutex_);
      gate_.returned_.wait(lock, [this] { return gate_.free_ >= bytes_; });
      gate_.free_ -= bytes_;
    }
    ~Hold() {
      {
        const std::lock_guard lock(gate_.mutex_);
        gate_.free_ += bytes_;
      }
      gate_.returned_.notify_all();
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    MemoryGate& gate_;
    const int64_t bytes_;
  };

 private:
  std::mutex mutex_;
  std::condition_variable returned_;
  const int64_t budget_;
  int64_t free_;  // guarded by mutex_
};

}  // namespace asap

#endif  // ASAP_TOOLS_PREPROCESS_MEMORY_GATE_H_
