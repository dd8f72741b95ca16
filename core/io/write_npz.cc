#include "core/io/write_npz.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/crc32.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/bytes/gzip.h"

namespace asap {
namespace {

void Append16(std::string* out, uint32_t value) {
  out->push_back(static_cast<char>(value));
  out->push_back(static_cast<char>(value >> 8));
}
void Append32(std::string* out, uint32_t value) {
  Append16(out, value);
  Append16(out, value >> 16);
}

}  // namespace

std::string MakeNpy(const NpyHeader& header, absl::string_view elements) {
  const char order = header.item_bytes == 1 ? '|' : header.big_endian ? '>' : '<';
  std::string text = absl::StrCat("{'descr': '", std::string(1, order), std::string(1, header.kind), header.item_bytes,
                                  "', 'fortran_order': ", header.fortran_order ? "True" : "False", ", 'shape': (",
                                  absl::StrJoin(header.shape, ", "), header.shape.size() == 1 ? ",), }" : "), }");
  constexpr size_t kBefore = 10, kAlign = 64;  // the elements begin at a multiple of 64
  text.append((kAlign - (kBefore + text.size() + 1) % kAlign) % kAlign, ' ');
  text += "\n";
  std::string out("\x93NUMPY\x01\0", 8);
  Append16(&out, static_cast<uint32_t>(text.size()));
  return absl::StrCat(out, text, elements);
}

absl::StatusOr<std::string> MakeNpz(const std::string& name, const NpyHeader& header, absl::string_view elements, bool compress) {
  const std::string array = MakeNpy(header, elements);
  std::string packed;
  if (compress) {
    ASAP_ASSIGN_OR_RETURN(packed, Deflate(array));
  }
  const absl::string_view data = compress ? packed : array;
  if (array.size() >= UINT32_MAX || data.size() >= UINT32_MAX) {
    return absl::InvalidArgumentError("an array of 4 GiB or more needs a zip64 file, which is not written");
  }
  // What the local header and the directory's have in common: version, flags, method, time, date, checksum, sizes, name length.
  std::string common;
  const std::string entry = absl::StrCat(name, ".npy");
  for (const uint32_t field : {20u, 0u, compress ? 8u : 0u, 0u, 0x21u}) Append16(&common, field);
  for (const uint32_t field : {Crc32(array), static_cast<uint32_t>(data.size()), static_cast<uint32_t>(array.size())}) {
    Append32(&common, field);
  }
  Append16(&common, static_cast<uint32_t>(entry.size()));
  Append16(&common, 0);  // no extra field

  std::string zip = absl::StrCat("PK\x03\x04", common, entry, data);
  const uint32_t directory = static_cast<uint32_t>(zip.size());
  std::string record("PK\x01\x02\x14\0", 6);
  record += common;
  record.append(14, '\0');  // comment, disk, attributes, offset of the local header
  absl::StrAppend(&zip, record, entry);
  const uint32_t directory_size = static_cast<uint32_t>(zip.size()) - directory;
  zip += "PK\x05\x06";
  for (const uint32_t field : {0u, 0u, 1u, 1u}) Append16(&zip, field);
  Append32(&zip, directory_size);
  Append32(&zip, directory);
  Append16(&zip, 0);
  return zip;
}

absl::Status WriteNpz(const std::string& path, const std::string& name, const NpyHeader& header, absl::string_view elements,
                      bool compress) {
  const absl::StatusOr<std::string> bytes = MakeNpz(name, header, elements, compress);
  if (!bytes.ok()) return Annotate(bytes.status(), path);
  return WriteFileAtomically(path, *bytes);
}

}  // namespace asap
