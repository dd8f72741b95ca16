// The checksum of gzip and zip (CRC-32, ISO 3309).
#ifndef ASAP_CORE_BASE_CRC32_H_
#define ASAP_CORE_BASE_CRC32_H_

#include <isa-l/crc.h>

#include <cstdint>

#include "absl/strings/string_view.h"

namespace asap {

// The checksum of bytes that may follow others: `before` is that of the others.
inline uint32_t Crc32(absl::string_view bytes, uint32_t before = 0) {
  return crc32_gzip_refl(before, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

}  // namespace asap

#endif  // ASAP_CORE_BASE_CRC32_H_
