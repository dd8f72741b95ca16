#include "tools/anatomy/label_names.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/base/status.h"
#include "core/bytes/gzip.h"
#include "core/bytes/mapped_file.h"
#include "core/imaging/formats/nifti_header.h"

namespace asap {
namespace {

constexpr int64_t kMostExtensionBytes = 1 << 20;

// What lies between `open` and `close` after position *at, which moves behind it; empty at the end.
absl::string_view Between(absl::string_view text, absl::string_view open, absl::string_view close, size_t* at) {
  const size_t begin = text.find(open, *at);
  if (begin == absl::string_view::npos) return {};
  const size_t end = text.find(close, begin + open.size());
  if (end == absl::string_view::npos) return {};
  *at = end + close.size();
  return text.substr(begin + open.size(), end - begin - open.size());
}

}  // namespace

absl::StatusOr<std::map<int, std::string>> ReadLabelNames(const std::string& path) {
  std::map<int, std::string> names;
  const bool gzipped = absl::EndsWithIgnoreCase(path, ".nii.gz");
  if (!gzipped && !absl::EndsWithIgnoreCase(path, ".nii")) return names;
  ASAP_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
  std::string head;
  if (gzipped) {
    absl::StatusOr<std::string> prefix = GunzipPrefix(file.bytes(), kMostExtensionBytes);
    if (!prefix.ok()) return Annotate(prefix.status(), path);
    head = *std::move(prefix);
  } else {
    head = std::string(file.bytes().substr(0, kMostExtensionBytes));
  }
  const absl::StatusOr<NiftiHeader> header = ParseNiftiHeader(head);
  if (!header.ok()) return Annotate(header.status(), path);
  const size_t end = static_cast<size_t>(std::clamp<int64_t>(header->voxel_offset, 0, static_cast<int64_t>(head.size())));
  const absl::string_view extension = absl::string_view(head).substr(0, end);
  size_t at = 0;
  while (true) {
    const absl::string_view label = Between(extension, "<Label ", "</Label>", &at);
    if (label.empty()) return names;
    size_t key_at = 0, name_at = 0;
    int key;
    if (!absl::SimpleAtoi(Between(label, "Key=\"", "\"", &key_at), &key)) continue;
    const absl::string_view name = Between(label, "<![CDATA[", "]]>", &name_at);
    if (!name.empty()) names.emplace(key, std::string(name));
  }
}

}  // namespace asap
