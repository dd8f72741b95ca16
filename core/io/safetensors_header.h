// The JSON header of a safetensors file, parsed and checked. Internal to core/io.
#ifndef ASAP_CORE_IO_SAFETENSORS_HEADER_H_
#define ASAP_CORE_IO_SAFETENSORS_HEADER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace asap::internal {

struct SafetensorsEntry {
  std::string dtype;           // "F32", ...; one of the known ones
  std::vector<int64_t> shape;  // each >= 0
  uint64_t begin = 0;          // bytes from the end of the header
  uint64_t end = 0;
};

struct SafetensorsHeader {
  std::map<std::string, SafetensorsEntry> entries;
  std::map<std::string, std::string> metadata;
};

// Bytes of one element, 0 for an unknown type.
uint64_t SafetensorsElementSize(absl::string_view dtype);

// `json` is the header alone; `data_size` the bytes of the file after it. On success every entry's range matches its shape and
// type, and the ranges cover the data exactly once.
absl::StatusOr<SafetensorsHeader> ParseSafetensorsHeader(absl::string_view json, uint64_t data_size);

}  // namespace asap::internal

#endif  // ASAP_CORE_IO_SAFETENSORS_HEADER_H_
