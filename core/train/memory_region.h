// Large blocks of memory that are used again and again, as tensors are from step to step.
//
// The C library gives a large block back to the system when it is freed, and the next one costs a page fault for every four
// kilobytes. Here a freed block stays, in huge pages where the system has them, joined to its free neighbours.
#ifndef ASAP_CORE_TRAIN_MEMORY_REGION_H_
#define ASAP_CORE_TRAIN_MEMORY_REGION_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace asap {

// Thread-safe.
class MemoryRegion {
 public:
  // Address space for blocks of `bytes` together; it costs nothing until it is used. Of memory that no block holds, at most
  // `most_idle` bytes are kept, the rest goes back to the system. Where that is a limit, none is kept
  // either that would raise the peak: blocks and idle memory together take no more than blocks alone once did. Null where the
  // system refuses.
  static std::unique_ptr<MemoryRegion> Reserve(size_t bytes, size_t most_idle);
  ~MemoryRegion();
  MemoryRegion(const MemoryRegion&) = delete;
  MemoryRegion& operator=(const MemoryRegion&) = delete;

  // Uninitialised, aligned to 64 kilobytes. Null where there is no room.
  void* Allocate(size_t bytes);
  bool Holds(const void* block) const;
  void Free(void* block);

  // Bytes of blocks, and the free bytes that are kept.
  size_t used() const;
  size_t idle() const;

 private:
  MemoryRegion(char* base, size_t grains, size_t most_idle_grains);

  // Positions and sizes are counted in grains of 64 kilobytes.
  struct Range {
    size_t begin = 0;
    size_t size = 0;
  };
  void AddFree(Range range);
  void RemoveFree(Range range);
  // The last `most` touched grains of a free range, or all of them.
  void GiveBack(Range range, size_t most);
  size_t CountTouched(Range range) const;

  char* const base_;
  const size_t grains_;
  const size_t most_idle_;
  mutable std::mutex mutex_;  // guards what follows
  std::map<size_t, size_t> free_by_begin_;
  std::set<std::pair<size_t, size_t>> free_by_size_;  // size, begin
  std::unordered_map<size_t, size_t> blocks_;         // begin, size
  std::vector<uint8_t> touched_;                      // whether the system has given a grain its memory
  size_t used_ = 0;
  size_t most_used_ = 0;
  size_t idle_ = 0;  // touched grains of free ranges
};

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_MEMORY_REGION_H_
