// Independent pieces of one piece of work on a few threads of their own, for what is not a tensor.
#ifndef ASAP_CORE_BASE_PARALLEL_FOR_H_
#define ASAP_CORE_BASE_PARALLEL_FOR_H_

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"

namespace asap {

// Calls work(i) once for each i of 0 ... count - 1, on the caller's thread and up to `threads` - 1 others, and returns when all
// are done. Which thread takes which piece is left to chance: results must not depend on it.
inline void ParallelFor(int threads, int64_t count, absl::FunctionRef<void(int64_t)> work) {
  std::atomic<int64_t> next{0};
  const auto take = [&] {
    for (int64_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::thread> others;
  for (int64_t i = 1; i < threads && i < count; ++i) others.emplace_back(take);
  take();
  for (std::thread& other : others) other.join();
}

}  // namespace asap

#endif  // ASAP_CORE_BASE_PARALLEL_FOR_H_
