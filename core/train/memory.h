// The most main memory that this process has ever had resident, in bytes; 0 where the system does not tell.
#ifndef ASAP_CORE_TRAIN_MEMORY_H_
#define ASAP_CORE_TRAIN_MEMORY_H_

#include <cstdint>

namespace asap {

int64_t PeakMemoryBytes();

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_MEMORY_H_
