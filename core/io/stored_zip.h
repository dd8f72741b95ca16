// The entries of a zip file whose data are stored as they are, as torch.save writes them. Internal to core/io.
#ifndef ASAP_CORE_IO_STORED_ZIP_H_
#define ASAP_CORE_IO_STORED_ZIP_H_

#include <map>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace asap::internal {

struct StoredZip {
  std::map<std::string, absl::string_view> entries;  // name -> data within the file's bytes, nothing copied
  std::set<std::string> packed;  // names of entries that are compressed or encrypted, as TorchScript's code is

  // The data of an entry; InvalidArgument where there is none, or only a packed one.
  absl::StatusOr<absl::string_view> Find(const std::string& name) const;
};

// zip64 included. InvalidArgument for a file cut short, a name that stands twice, or an entry that is not where the directory
// says. Checksums are not compared: torch.save may leave them out.
absl::StatusOr<StoredZip> ReadStoredZip(absl::string_view bytes);

}  // namespace asap::internal

#endif  // ASAP_CORE_IO_STORED_ZIP_H_
