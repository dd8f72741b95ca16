// Where the tensors of the CPU lie.
#ifndef ASAP_CORE_TRAIN_TENSOR_MEMORY_H_
#define ASAP_CORE_TRAIN_TENSOR_MEMORY_H_

#include <cstdint>
#include <limits>

namespace asap {

// Bytes that lie idle: as many as there are, or a few, for a step that is to be small.
inline constexpr int64_t kAllIdle = std::numeric_limits<int64_t>::max();
inline constexpr int64_t kFewIdle = int64_t{256} << 20;

// From now on tensors of 256 KiB and more lie in one MemoryRegion, which keeps up to `most_idle` free bytes for the next ones:
// page faults were 3 % of a step's time, and small pages a little more. With less than kAllIdle the C library's heap gives back
// early, too. Once in a process; a later call changes nothing. False where the system refuses, and tensors lie where they lay.
bool KeepTensorMemory(int64_t most_idle);

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_TENSOR_MEMORY_H_
