// A random order of 0 ... size - 1 that is computed, not stored: constant memory for any size, and any place can be looked up
// alone.
//
//   Permutation order(dataset.size(), seed, epoch);
//   dataset.Volume(order[0]); dataset.Volume(order[1]); ...
//
// A balanced Feistel network over the next even number of bits, walked until it lands below `size` (Black & Rogaway, "Ciphers
// with arbitrary finite domains", CT-RSA 2002): fewer than four rounds of walking on average.
#ifndef ASAP_CORE_DATA_LOADER_PERMUTATION_H_
#define ASAP_CORE_DATA_LOADER_PERMUTATION_H_

#include <array>
#include <cstdint>

#include "core/base/random.h"

namespace asap {

class Permutation {
 public:
  // `size` >= 1.
  Permutation(int64_t size, uint64_t seed, uint64_t epoch) : size_(static_cast<uint64_t>(size)) {
    while (half_bits_ < 31 && (uint64_t{1} << (2 * half_bits_)) < size_) ++half_bits_;
    CounterRng rng(seed, "shuffle", epoch);
    for (uint64_t& key : keys_) key = rng.Next();
  }

  // `place` is in [0, size).
  int64_t operator[](int64_t place) const {
    uint64_t value = static_cast<uint64_t>(place);
    do {
      value = Scramble(value);
    } while (value >= size_);
    return static_cast<int64_t>(value);
  }

 private:
  uint64_t Scramble(uint64_t value) const {
    const uint64_t mask = (uint64_t{1} << half_bits_) - 1;
    uint64_t left = value >> half_bits_, right = value & mask;
    for (const uint64_t key : keys_) {
      const uint64_t next = left ^ (Mix64(right + key) & mask);
      left = right;
      right = next;
    }
    return left << half_bits_ | right;
  }

  uint64_t size_;
  int half_bits_ = 1;
  std::array<uint64_t, 8> keys_;
};

}  // namespace asap

#endif  // ASAP_CORE_DATA_LOADER_PERMUTATION_H_
