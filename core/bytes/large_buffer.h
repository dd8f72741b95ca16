// Memory for a volume, uninitialised, in huge pages where the system has them: to touch tens of megabytes for the first time four
// kilobytes at a time costs about as much as to decode them.
#ifndef ASAP_CORE_BYTES_LARGE_BUFFER_H_
#define ASAP_CORE_BYTES_LARGE_BUFFER_H_

#include <stdlib.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace asap {

inline constexpr size_t kHugePage = size_t{2} << 20;

// Asks for huge pages in the part of [data, data + bytes) that consists of whole ones. Advice: nothing happens where there are
// none.
inline void AdviseHugePages(void* data, size_t bytes) {
  const uintptr_t begin = (reinterpret_cast<uintptr_t>(data) + kHugePage - 1) / kHugePage * kHugePage;
  const uintptr_t end = (reinterpret_cast<uintptr_t>(data) + bytes) / kHugePage * kHugePage;
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

// Has the system make the pages of [data, data + bytes) now, on this thread, so that another need not wait for them. Nothing
// happens where it does not know how to (before Linux 5.14).
inline void Populate(void* data, size_t bytes) {
#ifdef MADV_POPULATE_WRITE
  madvise(data, bytes, MADV_POPULATE_WRITE);
#endif
}

struct FreeDeleter {
  void operator()(void* data) const { free(data); }
};
template <typename T>
using LargeBuffer = std::unique_ptr<T[], FreeDeleter>;

// `count` elements of a plain type; null where there is no memory for them.
template <typename T>
LargeBuffer<T> AllocateLarge(size_t count) {
  const size_t bytes = count * sizeof(T);
  if (bytes < kHugePage) return LargeBuffer<T>(static_cast<T*>(malloc(bytes > 0 ? bytes : 1)));
  const size_t whole = (bytes + kHugePage - 1) / kHugePage * kHugePage;
  LargeBuffer<T> buffer(static_cast<T*>(aligned_alloc(kHugePage, whole)));
  if (buffer != nullptr) AdviseHugePages(buffer.get(), whole);
  return buffer;
}

}  // namespace asap

#endif  // ASAP_CORE_BYTES_LARGE_BUFFER_H_
