// CRC-32C (Castagnoli), by ISA-L: the checksum of TFRecord files (RFC 3720, appendix B.4).
#ifndef ASAP_CORE_TRAIN_CRC32C_H_
#define ASAP_CORE_TRAIN_CRC32C_H_

#include <isa-l/crc.h>

#include <algorithm>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace asap {

inline uint32_t Crc32c(absl::string_view bytes) {
  constexpr size_t kMost = size_t{1} << 30;  // ISA-L takes lengths as int, and leaves inverting the register to its caller
  uint32_t crc = ~0u;
  while (!bytes.empty()) {
    const size_t count = std::min(bytes.size(), kMost);
    crc = crc32_iscsi(reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data())), static_cast<int>(count), crc);
    bytes.remove_prefix(count);
  }
  return ~crc;
}

// As TFRecord stores it: rotated and offset, so that a checksum of data that holds checksums stays a good one.
inline uint32_t MaskedCrc32c(absl::string_view bytes) {
  const uint32_t crc = Crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
}

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_CRC32C_H_
