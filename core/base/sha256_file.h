// Digests of files that need not fit into memory.
#ifndef ASAP_CORE_BASE_SHA256_FILE_H_
#define ASAP_CORE_BASE_SHA256_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "core/base/sha256.h"

namespace asap {

// Adds the bytes of the file to the digest, a megabyte at a time. Errors name the file.
absl::Status UpdateFromFile(const std::string& path, Sha256& digest);

}  // namespace asap

#endif  // ASAP_CORE_BASE_SHA256_FILE_H_
