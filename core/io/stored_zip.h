// The entries of a zip file, as torch.save and numpy.savez write them. Internal to core/io.
#ifndef ASAP_CORE_IO_STORED_ZIP_H_
#define ASAP_CORE_IO_STORED_ZIP_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace asap::internal {

// An entry whose data are not stored as they are, as TorchScript's code and the arrays of numpy.savez_compressed.
struct PackedEntry {
  absl::string_view data;  // within the file's bytes
  uint64_t size = 0;       // of what they unpack to, as the directory says
  bool deflated = false;   // otherwise encrypted, or packed by another method
};

struct StoredZip {
  std::map<std::string, absl::string_view> entries;  // name -> data within the file's bytes, nothing copied
  std::map<std::string, PackedEntry> packed;
  std::map<std::string, uint32_t> checksums;  // CRC-32 of what each entry unpacks to, as the directory says

  // The data of an entry; InvalidArgument where there is none, or only a packed one.
  absl::StatusOr<absl::string_view> Find(const std::string& name) const;
};

// zip64 included. InvalidArgument for a file cut short, a name that stands twice, or an entry that is not where the directory
// says. Checksums are not compared: torch.save may leave them out.
absl::StatusOr<StoredZip> ReadStoredZip(absl::string_view bytes);

}  // namespace asap::internal

#endif  // ASAP_CORE_IO_STORED_ZIP_H_
