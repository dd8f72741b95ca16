#include "core/io/stored_zip.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/status.h"

namespace asap::internal {
namespace {

// Signatures and fixed sizes of PKWARE's APPNOTE, sections 4.3.7 to 4.3.16.
constexpr uint32_t kLocalHeader = 0x04034b50, kDirectoryHeader = 0x02014b50, kDirectoryEnd = 0x06054b50;
constexpr uint32_t kDirectoryEnd64 = 0x06064b50, kLocator64 = 0x07064b50;
constexpr size_t kLocalSize = 30, kHeaderSize = 46, kEndSize = 22, kEnd64Size = 56, kLocatorSize = 20;
constexpr size_t kMaxComment = 65535;
constexpr uint32_t kSeeZip64 = 0xffffffff;
constexpr uint16_t kDeflate = 8;

absl::Status Bad(absl::string_view message) { return absl::InvalidArgumentError(message); }

template <typename T>
T NumberAt(absl::string_view bytes, size_t offset) {
  T number;
  memcpy(&number, bytes.data() + offset, sizeof(number));
  return number;
}

absl::StatusOr<absl::string_view> Range(absl::string_view bytes, uint64_t offset, uint64_t size, absl::string_view what) {
  if (offset > bytes.size() || size > bytes.size() - offset) {
    return Bad(absl::StrCat("its ", what, " lies outside the file; is the file cut short?"));
  }
  return bytes.substr(offset, size);
}

struct Directory {
  absl::string_view headers;
  uint64_t entries = 0;
};

absl::StatusOr<Directory> FindDirectory(absl::string_view bytes) {
  if (bytes.size() < kEndSize) return Bad("too short for a zip file; is it cut short?");
  const size_t first = bytes.size() - std::min(bytes.size(), kEndSize + kMaxComment);
  size_t end = bytes.size() - kEndSize;
  while (NumberAt<uint32_t>(bytes, end) != kDirectoryEnd) {
    if (end-- == first) return Bad("a zip file without its directory, which stands at the end; is the file cut short?");
  }
  uint64_t entries = NumberAt<uint16_t>(bytes, end + 10);
  uint64_t size = NumberAt<uint32_t>(bytes, end + 12);
  uint64_t offset = NumberAt<uint32_t>(bytes, end + 16);
  if (entries == 0xffff || size == kSeeZip64 || offset == kSeeZip64) {
    if (end < kLocatorSize || NumberAt<uint32_t>(bytes, end - kLocatorSize) != kLocator64) {
      return Bad("a zip file that speaks of a zip64 directory and has none");
    }
    ASAP_ASSIGN_OR_RETURN(const absl::string_view end64,
                          Range(bytes, NumberAt<uint64_t>(bytes, end - kLocatorSize + 8), kEnd64Size, "zip64 directory"));
    if (NumberAt<uint32_t>(end64, 0) != kDirectoryEnd64) return Bad("a zip file whose zip64 directory is not where it says");
    entries = NumberAt<uint64_t>(end64, 32);
    size = NumberAt<uint64_t>(end64, 40);
    offset = NumberAt<uint64_t>(end64, 48);
  }
  Directory directory;
  ASAP_ASSIGN_OR_RETURN(directory.headers, Range(bytes, offset, size, "directory"));
  directory.entries = entries;
  return directory;
}

struct Entry {
  std::string name;
  absl::string_view data;
  size_t header_size = 0;
  uint64_t size = 0;
  uint32_t checksum = 0;
  bool packed = false;
  bool deflated = false;
};

// The entry whose header begins `header`, the rest of the directory.
absl::StatusOr<Entry> ReadEntry(absl::string_view bytes, absl::string_view header) {
  if (header.size() < kHeaderSize || NumberAt<uint32_t>(header, 0) != kDirectoryHeader) {
    return Bad("a zip file whose directory is damaged");
  }
  const uint16_t flags = NumberAt<uint16_t>(header, 8), method = NumberAt<uint16_t>(header, 10);
  uint64_t stored = NumberAt<uint32_t>(header, 20), size = NumberAt<uint32_t>(header, 24);
  uint64_t offset = NumberAt<uint32_t>(header, 42);
  const size_t name_size = NumberAt<uint16_t>(header, 28), extra_size = NumberAt<uint16_t>(header, 30);
  Entry entry;
  entry.header_size = kHeaderSize + name_size + extra_size + NumberAt<uint16_t>(header, 32);
  if (entry.header_size > header.size()) return Bad("a zip file whose directory is damaged");
  entry.name = std::string(header.substr(kHeaderSize, name_size));

  // Extra fields; that of zip64 has the 64-bit value of each number that did not fit, in this order.
  for (absl::string_view extra = header.substr(kHeaderSize + name_size, extra_size); extra.size() >= 4;) {
    const size_t length = NumberAt<uint16_t>(extra, 2);
    if (length > extra.size() - 4) break;
    absl::string_view field = extra.substr(4, length);
    if (NumberAt<uint16_t>(extra, 0) == 1) {
      for (uint64_t* number : {&size, &stored, &offset}) {
        if (*number != kSeeZip64 || field.size() < 8) continue;
        *number = NumberAt<uint64_t>(field, 0);
        field.remove_prefix(8);
      }
    }
    extra.remove_prefix(4 + length);
  }

  const std::string shown = absl::CHexEscape(entry.name);
  entry.packed = (flags & 1) != 0 || method != 0;
  entry.deflated = (flags & 1) == 0 && method == kDeflate;
  entry.size = size;
  entry.checksum = NumberAt<uint32_t>(header, 16);
  if (!entry.packed && stored != size) return Bad(absl::StrCat("its entry ", shown, " has two sizes"));
  ASAP_ASSIGN_OR_RETURN(const absl::string_view local, Range(bytes, offset, kLocalSize, absl::StrCat("entry ", shown)));
  if (NumberAt<uint32_t>(local, 0) != kLocalHeader) return Bad(absl::StrCat("its entry ", shown, " is not where it should be"));
  const uint64_t begin = offset + kLocalSize + NumberAt<uint16_t>(local, 26) + NumberAt<uint16_t>(local, 28);
  ASAP_ASSIGN_OR_RETURN(entry.data, Range(bytes, begin, stored, absl::StrCat("entry ", shown)));
  return entry;
}

}  // namespace

absl::StatusOr<absl::string_view> StoredZip::Find(const std::string& name) const {
  const auto found = entries.find(name);
  if (found != entries.end()) return found->second;
  return Bad(absl::StrCat(
      "its entry ", absl::CHexEscape(name),
      packed.count(name) > 0 ? " is compressed or encrypted; torch.save stores entries as they are" : " is missing"));
}

absl::StatusOr<StoredZip> ReadStoredZip(absl::string_view bytes) {
  ASAP_ASSIGN_OR_RETURN(Directory directory, FindDirectory(bytes));
  StoredZip zip;
  for (uint64_t i = 0; i < directory.entries; ++i) {
    ASAP_ASSIGN_OR_RETURN(const Entry entry, ReadEntry(bytes, directory.headers));
    if (zip.entries.count(entry.name) + zip.packed.count(entry.name) > 0) {
      return Bad(absl::StrCat("a zip file with two entries named ", absl::CHexEscape(entry.name)));
    }
    if (entry.packed) {
      zip.packed.emplace(entry.name, PackedEntry{.data = entry.data, .size = entry.size, .deflated = entry.deflated});
    } else {
      zip.entries.emplace(entry.name, entry.data);
    }
    zip.checksums.emplace(entry.name, entry.checksum);
    directory.headers.remove_prefix(entry.header_size);
  }
  return zip;
}

}  // namespace asap::internal
