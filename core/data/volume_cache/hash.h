// XXH3, a hash at the speed of memory: keys by content, and checksums. It finds damage, not forgery.
#ifndef ASAP_CORE_DATA_VOLUME_CACHE_HASH_H_
#define ASAP_CORE_DATA_VOLUME_CACHE_HASH_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace asap {

struct Hash128 {
  uint64_t high = 0, low = 0;

  std::string Hex() const;  // 32 digits
  bool operator==(const Hash128& other) const { return high == other.high && low == other.low; }
  bool operator!=(const Hash128& other) const { return !(*this == other); }
  template <typename H>
  friend H AbslHashValue(H state, const Hash128& hash) {
    return H::combine(std::move(state), hash.high, hash.low);
  }
};

Hash128 HashBytes(absl::string_view bytes);
uint64_t HashBytes64(absl::string_view bytes);

}  // namespace asap

#endif  // ASAP_CORE_DATA_VOLUME_CACHE_HASH_H_
