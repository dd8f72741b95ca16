#include "core/io/npz.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "core/base/crc32.h"
#include "core/base/status.h"
#include "core/bytes/gzip.h"
#include "core/bytes/mapped_file.h"
#include "core/io/stored_zip.h"

namespace asap {
namespace {

constexpr absl::string_view kMagic("\x93NUMPY", 6);
constexpr absl::string_view kEnding = ".npy";
constexpr int64_t kMostBytes = int64_t{1} << 40;

absl::Status Bad(absl::string_view message) { return absl::InvalidArgumentError(message); }

// The header's text is a Python dictionary of three entries: {'descr': '<i2', 'fortran_order': False, 'shape': (3, 4), }.
class Dictionary {
 public:
  explicit Dictionary(absl::string_view text) : rest_(text) {}

  absl::StatusOr<NpyHeader> Parse() {
    NpyHeader header;
    bool type = false, order = false, shape = false;
    if (!Take('{')) return Malformed();
    while (!Take('}')) {
      std::string key, value;
      if (!TakeString(&key) || !Take(':')) return Malformed();
      if (key == "descr" && !type) {
        type = true;
        if (!TakeString(&value)) return Bad("its array is of records; expected plain numbers");
        ASAP_RETURN_IF_ERROR(SetType(value, &header));
      } else if (key == "fortran_order" && !order) {
        order = true;
        if (TakeWord("True")) {
          header.fortran_order = true;
        } else if (!TakeWord("False")) {
          return Malformed();
        }
      } else if (key == "shape" && !shape) {
        shape = true;
        if (!TakeShape(&header.shape)) return Malformed();
      } else {
        return Malformed();
      }
      if (!Take(',') && !absl::StartsWith(rest_, "}")) return Malformed();
    }
    if (!type || !order || !shape) return Malformed();
    return header;
  }

 private:
  static absl::Status Malformed() {
    return Bad("its header is not one of NumPy's: expected descr, fortran_order and shape. Copy or save it again");
  }
  static absl::Status SetType(const std::string& text, NpyHeader* header) {
    const size_t letter = !text.empty() && absl::StrContains("<>|=", absl::string_view(text).substr(0, 1)) ? 1 : 0;
    int bytes = 0;
    const bool plain = text.size() > letter + 1 && absl::StrContains("iufb", absl::string_view(text).substr(letter, 1)) &&
                       absl::SimpleAtoi(absl::string_view(text).substr(letter + 1), &bytes) &&
                       (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8);
    if (!plain) {
      return Bad(absl::StrCat("its array is of type ", absl::CHexEscape(text.substr(0, 20)),
                              "; expected whole numbers, floats or booleans (objects are pickles, and never read)"));
    }
    header->kind = text[letter];
    header->item_bytes = bytes;
    header->big_endian = text[0] == '>';
    return absl::OkStatus();
  }

  void SkipBlanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \n\t"), rest_.size())); }
  bool Take(char c) {
    SkipBlanks();
    const bool found = !rest_.empty() && rest_[0] == c;
    if (found) rest_.remove_prefix(1);
    SkipBlanks();
    return found;
  }
  bool TakeWord(absl::string_view word) {
    SkipBlanks();
    return absl::ConsumePrefix(&rest_, word);
  }
  bool TakeString(std::string* out) {
    SkipBlanks();
    if (rest_.empty() || (rest_[0] != '\'' && rest_[0] != '"')) return false;
    const size_t end = rest_.find(rest_[0], 1);
    if (end == absl::string_view::npos) return false;
    *out = std::string(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return true;
  }
  bool TakeShape(std::vector<int64_t>* shape) {
    if (!Take('(')) return false;
    while (!Take(')')) {
      const size_t digits = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
      int64_t size = 0;
      if (shape->size() == 32 || !absl::SimpleAtoi(rest_.substr(0, digits), &size)) return false;
      rest_.remove_prefix(digits);
      absl::ConsumePrefix(&rest_, "L");  // Python 2's
      shape->push_back(size);
      if (!Take(',') && !absl::StartsWith(rest_, ")")) return false;
    }
    return true;
  }

  absl::string_view rest_;
};

}  // namespace

int64_t NpyHeader::count() const {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  return count;
}

std::string NpyHeader::Type() const {
  const char* name = kind == 'i' ? "int" : kind == 'u' ? "uint" : kind == 'f' ? "float" : "bool";
  return absl::StrCat(big_endian ? "big-endian " : "", name, kind == 'b' ? "" : absl::StrCat(8 * item_bytes));
}

std::string NpyHeader::Shape() const { return absl::StrCat("(", absl::StrJoin(shape, ", "), ")"); }

absl::StatusOr<NpyHeader> ParseNpyHeader(absl::string_view bytes) {
  if (bytes.size() < 10 || !absl::StartsWith(bytes, kMagic)) return Bad("its array does not begin as NumPy's do");
  const int version = static_cast<unsigned char>(bytes[6]);
  if (version < 1 || version > 3) return Bad(absl::StrCat("its array is of NumPy's format ", version, "; 1 to 3 are known"));
  const int64_t length_bytes = version == 1 ? 2 : 4;
  uint32_t length = 0;
  if (static_cast<int64_t>(bytes.size()) < 8 + length_bytes) return Bad("its array is cut short within its header");
  memcpy(&length, bytes.data() + 8, length_bytes);
  const int64_t begin = 8 + length_bytes;
  if (length > bytes.size() - begin) {
    return Bad(length > kNpyPrefix ? "its array's header is damaged" : "its array is cut short within its header");
  }
  ASAP_ASSIGN_OR_RETURN(NpyHeader header, Dictionary(bytes.substr(begin, length)).Parse());
  header.data_offset = begin + length;
  int64_t left = kMostBytes / header.item_bytes;
  for (const int64_t size : header.shape) {
    if (size > left) return Bad(absl::StrCat("its array has the shape ", header.Shape(), ": more than a terabyte"));
    left = size > 0 ? left / size : left;
  }
  return header;
}

struct NpzFile::Contents {
  std::string path;
  MappedFile mapped;
  internal::StoredZip zip;

  bool Has(const std::string& entry) const { return zip.entries.count(entry) + zip.packed.count(entry) > 0; }
};

NpzFile::NpzFile(std::unique_ptr<Contents> contents) : contents_(std::move(contents)) {}
NpzFile::NpzFile(NpzFile&&) noexcept = default;
NpzFile& NpzFile::operator=(NpzFile&&) noexcept = default;
NpzFile::~NpzFile() = default;

absl::StatusOr<NpzFile> NpzFile::Open(const std::string& path) {
  auto contents = std::make_unique<Contents>();
  contents->path = path;
  ASAP_ASSIGN_OR_RETURN(contents->mapped, MappedFile::Open(path));
  absl::StatusOr<internal::StoredZip> zip = internal::ReadStoredZip(contents->mapped.bytes());
  if (!zip.ok()) {
    return absl::DataLossError(
        absl::StrCat(path, ": ", zip.status().message(), " Expected an .npz file; copy or download it again"));
  }
  contents->zip = *std::move(zip);
  return NpzFile(std::move(contents));
}

std::vector<std::string> NpzFile::names() const {
  std::vector<std::string> names;
  const auto add = [&](absl::string_view name) {
    if (absl::ConsumeSuffix(&name, kEnding)) names.emplace_back(name);
  };
  for (const auto& [name, data] : contents_->zip.entries) add(name);
  for (const auto& [name, entry] : contents_->zip.packed) add(name);
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<NpyHeader> NpzFile::Header(const std::string& name) const {
  const std::string entry = absl::StrCat(name, kEnding);
  if (!contents_->Has(entry)) {
    const std::vector<std::string> found = names();
    return absl::NotFoundError(
        absl::StrCat(contents_->path, ": has no array \"", name,
                     "\"; found: ", found.empty() ? "none" : absl::CHexEscape(absl::StrJoin(found, ", ")).substr(0, 200)));
  }
  absl::string_view prefix;
  std::string inflated;
  int64_t size = 0;
  if (const auto packed = contents_->zip.packed.find(entry); packed != contents_->zip.packed.end()) {
    if (!packed->second.deflated) {
      return absl::InvalidArgumentError(
          absl::StrCat(contents_->path, ": the array \"", name, "\" is encrypted or packed by a method that NumPy does not use"));
    }
    size = static_cast<int64_t>(packed->second.size);
    absl::StatusOr<std::string> start = InflatePrefix(packed->second.data, std::min(size, kNpyPrefix));
    if (!start.ok()) return Annotate(start.status(), contents_->path);
    inflated = *std::move(start);
    prefix = inflated;
    if (size < 0 || size > MaxGunzipped(static_cast<int64_t>(packed->second.data.size()))) {
      return absl::DataLossError(absl::StrCat(contents_->path, ": the array \"", name, "\" has ", packed->second.data.size(),
                                              " compressed bytes, which cannot decompress to the ", size, " that are announced"));
    }
  } else {
    const absl::string_view data = contents_->zip.entries.at(entry);
    size = static_cast<int64_t>(data.size());
    prefix = data.substr(0, kNpyPrefix);
  }
  absl::StatusOr<NpyHeader> header = ParseNpyHeader(prefix);
  if (!header.ok()) return Annotate(header.status(), contents_->path);
  if (header->data_offset + header->bytes() != size) {
    return absl::DataLossError(absl::StrCat(contents_->path, ": the array \"", name, "\" holds ", size - header->data_offset,
                                            " bytes; expected ", header->bytes(), " (", header->Type(), " of shape ",
                                            header->Shape(), "). Copy or download it again"));
  }
  return header;
}

absl::StatusOr<NpyArray> NpzFile::Read(const std::string& name) const {
  NpyArray array;
  ASAP_ASSIGN_OR_RETURN(array.header, Header(name));
  const std::string entry = absl::StrCat(name, kEnding);
  const auto damaged = [&](absl::string_view why) {
    return absl::DataLossError(absl::StrCat(contents_->path, ": the array \"", name, "\": ", why, ". Copy or download it again"));
  };
  const int64_t size = array.header.data_offset + array.header.bytes();
  array.buffer = AllocateLarge<char>(size);
  if (array.buffer == nullptr) {
    return absl::ResourceExhaustedError(absl::StrCat(contents_->path, ": no memory for its ", size, " bytes; use fewer threads"));
  }
  if (const auto packed = contents_->zip.packed.find(entry); packed != contents_->zip.packed.end()) {
    const absl::Status inflated = Inflate(packed->second.data, absl::MakeSpan(array.buffer.get(), size));
    if (!inflated.ok()) return damaged(inflated.message());
  } else {
    memcpy(array.buffer.get(), contents_->zip.entries.at(entry).data(), size);
  }
  if (Crc32(absl::string_view(array.buffer.get(), size)) != contents_->zip.checksums.at(entry)) {
    return damaged("its checksum is wrong");
  }
  constexpr int64_t kAlign = 8;
  const char* elements = array.buffer.get() + array.header.data_offset;
  if (array.header.data_offset % kAlign != 0) {
    memmove(array.buffer.get(), elements, array.header.bytes());
    elements = array.buffer.get();
  }
  array.elements = absl::string_view(elements, array.header.bytes());
  return array;
}

}  // namespace asap
