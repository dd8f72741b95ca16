// SHA-256 (FIPS 180-4), for digests that other programs can check: sha256sum prints the same.
#ifndef ASAP_CORE_BASE_SHA256_H_
#define ASAP_CORE_BASE_SHA256_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace asap {

class Sha256 {
 public:
  void Update(absl::string_view bytes);
  // 64 hexadecimal digits; ends the computation.
  std::string Hex();

 private:
  void Block(const uint8_t* bytes);

  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<uint8_t, 64> pending_ = {};
  uint64_t bytes_ = 0;
};

std::string Sha256Hex(absl::string_view bytes);

}  // namespace asap

#endif  // ASAP_CORE_BASE_SHA256_H_
