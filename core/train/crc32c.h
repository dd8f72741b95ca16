// CRC-32C (Castagnoli), the checksum of TFRecord files (RFC 3720, appendix B.4).
#ifndef ASAP_CORE_TRAIN_CRC32C_H_
#define ASAP_CORE_TRAIN_CRC32C_H_

#include <array>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace asap {

inline uint32_t Crc32c(absl::string_view bytes) {
  static constexpr std::array<uint32_t, 256> kTable = [] {
    std::array<uint32_t, 256> table{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ (value & 1 ? 0x82F63B78u : 0u);
      table[i] = value;
    }
    return table;
  }();
  uint32_t crc = ~0u;
  for (const char byte : bytes) crc = kTable[(crc ^ static_cast<uint8_t>(byte)) & 0xFF] ^ (crc >> 8);
  return ~crc;
}

// As TFRecord stores it: rotated and offset, so that a checksum of data that holds checksums stays a good one.
inline uint32_t MaskedCrc32c(absl::string_view bytes) {
  const uint32_t crc = Crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
}

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_CRC32C_H_
