// What a file that should be weights is instead, told by its first bytes and its size.
#ifndef ASAP_CORE_IO_NO_WEIGHTS_H_
#define ASAP_CORE_IO_NO_WEIGHTS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace asap {

// "a Git LFS pointer, ...: run `git lfs pull` ..." for a file of `size` bytes that begins with `first_bytes` (512 of them are
// enough): what it is, and the remedy. Empty for what may be weights, and for what cannot be told.
std::string WhatIsNoWeights(absl::string_view first_bytes, uint64_t size);

}  // namespace asap

#endif  // ASAP_CORE_IO_NO_WEIGHTS_H_
