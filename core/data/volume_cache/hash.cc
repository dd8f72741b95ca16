#include "core/data/volume_cache/hash.h"

#include <xxhash.h>

#include "absl/strings/str_format.h"

namespace asap {

std::string Hash128::Hex() const { return absl::StrFormat("%016x%016x", high, low); }

Hash128 HashBytes(absl::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {.high = hash.high64, .low = hash.low64};
}

uint64_t HashBytes64(absl::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

}  // namespace asap
