// What disks, downloads and other programs do to files.
#ifndef ASAP_TESTS_DAMAGED_DAMAGE_H_
#define ASAP_TESTS_DAMAGED_DAMAGE_H_

#include <cstdint>
#include <string>

namespace asap {

// One of: flipped bits, bytes set to the extremes that sizes and offsets fear, a piece cut out, doubled or filled with zeros, a
// cut end. Half of the places lie in the first 400 bytes, where headers are. The result depends on the arguments alone, and
// differs from `bytes`, which are not empty.
std::string Damaged(const std::string& bytes, uint64_t seed);

}  // namespace asap

#endif  // ASAP_TESTS_DAMAGED_DAMAGE_H_
