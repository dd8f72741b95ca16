#include "core/train/tensor_memory.h"

#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <malloc.h>
#include <unistd.h>

#include "core/train/memory_region.h"

namespace asap {
namespace {

constexpr size_t kLarge = size_t{256} << 10;

// Set once, never freed: tensors outlive main().
MemoryRegion* region = nullptr;

void Free(void* block) {
  if (region->Holds(block)) {
    region->Free(block);
  } else {
    c10::free_cpu(block);
  }
}

class RegionAllocator : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    void* block = bytes >= kLarge ? region->Allocate(bytes) : nullptr;
    if (block == nullptr) block = c10::alloc_cpu(bytes);
    return {block, block, &Free, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &Free; }
  void copy_data(void* to, const void* from, size_t bytes) const override { default_copy_data(to, from, bytes); }
};

}  // namespace

bool KeepTensorMemory(int64_t most_idle) {
  static const bool kept = [most_idle] {
    // The C library raises these limits by itself, and then keeps tens of megabytes.
    constexpr int kSmall = 128 << 10;
    if (most_idle < kAllIdle) {
      mallopt(M_MMAP_THRESHOLD, kSmall);
      mallopt(M_TRIM_THRESHOLD, kSmall);
    }
    // More than there can be, since free pieces lie between blocks.
    const size_t physical = static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
    region = MemoryRegion::Reserve(4 * physical, most_idle).release();
    if (region == nullptr) return false;
    c10::SetCPUAllocator(new RegionAllocator, /*priority=*/1);
    return true;
  }();
  return kept;
}

}  // namespace asap
