#include "core/imaging/formats/dicom_elements.h"

#include <array>
#include <cmath>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "core/base/status.h"

namespace asap {
namespace {

constexpr size_t kPreamble = 132;
constexpr uint32_t kUndefined = 0xffffffff;
constexpr uint32_t kPixelData = 0x7fe00010, kItem = 0xfffee000, kItemEnd = 0xfffee00d, kSequenceEnd = 0xfffee0dd;
constexpr int kMaxDepth = 32;  // of nested sequences; real files have three or four

absl::Status Damaged(size_t at) {
  return absl::DataLossError(absl::StrCat("is a damaged DICOM file (at byte ", at, "). Copy or export the series again."));
}

struct Element {
  uint32_t tag = 0;
  uint32_t length = 0;
  bool sequence = false;    // of undefined length
  bool typed_items = true;  // whether the elements in its items carry their types
};

bool HasPreamble(absl::string_view bytes) { return bytes.size() >= kPreamble && bytes.substr(kPreamble - 4, 4) == "DICM"; }

absl::string_view WithoutPadding(absl::string_view value) {
  while (!value.empty() && (value.back() == '\0' || value.back() == ' ')) value.remove_suffix(1);
  return value;
}

}  // namespace

// Reads elements one after another; every step stays inside the bytes.
class DicomElements::Cursor {
 public:
  Cursor(absl::string_view bytes, size_t at, bool typed) : bytes_(bytes), at_(at), typed_(typed) {}

  size_t at() const { return at_; }
  bool done() const { return at_ >= bytes_.size(); }
  void set_typed(bool value) { typed_ = value; }
  absl::string_view Since(size_t start) const { return bytes_.substr(start, at_ - start); }

  // Whether the element at the cursor carries its type. Without one, the same bytes are a length, and none at a file's beginning
  // is as long as two letters would say.
  bool SeesType() const {
    return bytes_.size() - at_ >= 6 && absl::ascii_isupper(bytes_[at_ + 4]) && absl::ascii_isupper(bytes_[at_ + 5]);
  }

  // The tag at the cursor without moving, or 0 where fewer than four bytes are left.
  uint32_t PeekTag() const {
    return bytes_.size() - at_ < 4 ? 0 : static_cast<uint32_t>(Number(at_, 2) << 16 | Number(at_ + 2, 2));
  }

  // Moves past tag, type and length.
  absl::StatusOr<Element> Header() {
    if (bytes_.size() - at_ < 8) return Damaged(at_);
    Element element = {.tag = PeekTag()};
    const bool delimiter = element.tag >> 16 == 0xfffe;
    if (!typed_ || delimiter) {
      element.length = static_cast<uint32_t>(Number(at_ + 4, 4));
      element.sequence = !delimiter && element.length == kUndefined;
      element.typed_items = typed_;
      at_ += 8;
      return element;
    }
    const absl::string_view type = bytes_.substr(at_ + 4, 2);
    if (!absl::ascii_isupper(type[0]) || !absl::ascii_isupper(type[1])) return Damaged(at_);
    constexpr std::array<absl::string_view, 13> kLong = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ",
                                                         "SV", "UC", "UN", "UR", "UT", "UV"};
    bool is_long = false;
    for (absl::string_view name : kLong) is_long = is_long || type == name;
    if (!is_long) {
      element.length = static_cast<uint32_t>(Number(at_ + 6, 2));
      at_ += 8;
      return element;
    }
    if (bytes_.size() - at_ < 12) return Damaged(at_);
    element.length = static_cast<uint32_t>(Number(at_ + 8, 4));
    element.sequence = element.length == kUndefined;
    // PS3.5 6.2.2: a sequence of unknown type holds elements without types.
    element.typed_items = type != "UN";
    at_ += 12;
    return element;
  }

  absl::StatusOr<absl::string_view> Value(uint32_t length) {
    if (length == kUndefined || length > bytes_.size() - at_) return Damaged(at_);
    const absl::string_view value = bytes_.substr(at_, length);
    at_ += length;
    return value;
  }

  // Moves past the items of a sequence of undefined length.
  absl::Status SkipSequence(bool typed_items, int depth = 0) {
    if (depth > kMaxDepth) return Damaged(at_);
    const bool outer_typed = typed_;
    typed_ = typed_items;
    while (true) {
      ASAP_ASSIGN_OR_RETURN(const Element item, Header());
      if (item.tag == kSequenceEnd) break;
      if (item.tag != kItem) return Damaged(at_);
      if (item.length != kUndefined) {
        ASAP_RETURN_IF_ERROR(Value(item.length).status());
        continue;
      }
      while (true) {
        ASAP_ASSIGN_OR_RETURN(const Element element, Header());
        if (element.tag == kItemEnd) break;
        if (element.sequence) {
          ASAP_RETURN_IF_ERROR(SkipSequence(element.typed_items, depth + 1));
        } else {
          ASAP_RETURN_IF_ERROR(Value(element.length).status());
        }
      }
    }
    typed_ = outer_typed;
    return absl::OkStatus();
  }

 private:
  uint64_t Number(size_t at, int count) const {
    uint64_t value = 0;
    for (int i = 0; i < count; ++i) value |= static_cast<uint64_t>(static_cast<unsigned char>(bytes_[at + i])) << (8 * i);
    return value;
  }

  const absl::string_view bytes_;
  size_t at_;
  bool typed_;
};

bool DicomElements::BeginsAsDicom(absl::string_view bytes) {
  if (HasPreamble(bytes)) return true;
  Cursor cursor(bytes, 0, true);
  while (!cursor.done()) {
    const uint32_t group = cursor.PeekTag() >> 16;
    if (group != 0x0002 && group != 0x0008) return false;
    cursor.set_typed(cursor.SeesType());
    const absl::StatusOr<Element> element = cursor.Header();
    if (!element.ok() || element->sequence) return false;
    const absl::StatusOr<absl::string_view> value = cursor.Value(element->length);
    if (!value.ok()) return false;
    // The class of the object, whose names all begin so.
    if (element->tag == 0x00020002 || element->tag == 0x00080016) return absl::StartsWith(*value, "1.2.840.10008.");
  }
  return false;
}

absl::StatusOr<DicomElements> DicomElements::ReadElements(Cursor& cursor, bool is_item, bool compressed, uint32_t last) {
  DicomElements result;
  while (!cursor.done() && (is_item || cursor.PeekTag() <= last)) {
    ASAP_ASSIGN_OR_RETURN(const Element element, cursor.Header());
    if (is_item && element.tag == kItemEnd) break;
    const bool pixels = !is_item && element.tag == kPixelData;
    if (pixels && compressed != (element.length == kUndefined)) return Damaged(cursor.at());
    if (pixels && compressed) {
      // Fragments are items of bytes, walked only to see that all of them are there.
      ASAP_RETURN_IF_ERROR(cursor.SkipSequence(element.typed_items));
      result.has_pixels_ = result.encapsulated_ = true;
      break;
    }
    if (element.sequence) {
      const size_t start = cursor.at();
      ASAP_RETURN_IF_ERROR(cursor.SkipSequence(element.typed_items));
      result.values_[element.tag] = {cursor.Since(start), element.typed_items};
      continue;
    }
    ASAP_ASSIGN_OR_RETURN(const absl::string_view value, cursor.Value(element.length));
    if (pixels) {
      result.has_pixels_ = true;
      result.pixels_ = value;
      break;
    }
    result.values_[element.tag] = {value, element.typed_items};
  }
  return result;
}

absl::StatusOr<DicomElements> DicomElements::Parse(absl::string_view bytes, uint32_t last) {
  if (!BeginsAsDicom(bytes)) return absl::InvalidArgumentError("is no DICOM file: it does not begin as one");
  Cursor cursor(bytes, HasPreamble(bytes) ? kPreamble : 0, true);
  std::string transfer_syntax;
  while (cursor.PeekTag() >> 16 == 0x0002) {
    ASAP_ASSIGN_OR_RETURN(const Element element, cursor.Header());
    ASAP_ASSIGN_OR_RETURN(const absl::string_view value, cursor.Value(element.length));
    if (element.tag == 0x00020010) transfer_syntax = std::string(WithoutPadding(value));
  }
  if (transfer_syntax == "1.2.840.10008.1.2.2" || transfer_syntax == "1.2.840.10008.1.2.1.99") {
    return absl::UnimplementedError(
        "is big-endian or deflated DICOM, expected little-endian. Convert it, for example with gdcmconv --raw.");
  }
  cursor.set_typed(transfer_syntax.empty() ? cursor.SeesType() : transfer_syntax != "1.2.840.10008.1.2");
  const bool compressed = absl::StartsWith(transfer_syntax, "1.2.840.10008.1.2.4.") || transfer_syntax == "1.2.840.10008.1.2.5";
  return ReadElements(cursor, /*is_item=*/false, compressed, last);
}

absl::StatusOr<std::vector<DicomElements>> DicomElements::Items(uint16_t group, uint16_t element) const {
  std::vector<DicomElements> items;
  const auto found = values_.find(static_cast<uint32_t>(group) << 16 | element);
  if (found == values_.end()) return items;
  const bool typed = found->second.typed_items;
  Cursor cursor(found->second.bytes, 0, typed);
  while (!cursor.done()) {
    ASAP_ASSIGN_OR_RETURN(const Element item, cursor.Header());
    if (item.tag == kSequenceEnd) break;
    if (item.tag != kItem) return Damaged(cursor.at());
    absl::StatusOr<DicomElements> read;
    if (item.length == kUndefined) {
      read = ReadElements(cursor, /*is_item=*/true, /*compressed=*/false, kUndefined);
    } else {
      ASAP_ASSIGN_OR_RETURN(const absl::string_view bytes, cursor.Value(item.length));
      Cursor inside(bytes, 0, typed);
      read = ReadElements(inside, /*is_item=*/true, /*compressed=*/false, kUndefined);
    }
    if (!read.ok()) return read.status();
    items.push_back(*std::move(read));
  }
  return items;
}

absl::string_view DicomElements::Text(uint16_t group, uint16_t element) const {
  const auto found = values_.find(static_cast<uint32_t>(group) << 16 | element);
  return found == values_.end() ? absl::string_view() : WithoutPadding(found->second.bytes);
}

bool DicomElements::Numbers(uint16_t group, uint16_t element, size_t count, double* out) const {
  const std::vector<absl::string_view> parts = absl::StrSplit(Text(group, element), '\\');
  if (parts.size() < count) return false;
  std::vector<double> numbers(count);
  for (size_t i = 0; i < count; ++i) {
    if (!absl::SimpleAtod(absl::StripAsciiWhitespace(parts[i]), &numbers[i]) || !std::isfinite(numbers[i])) return false;
  }
  std::copy(numbers.begin(), numbers.end(), out);
  return true;
}

int64_t DicomElements::Short(uint16_t group, uint16_t element, int64_t otherwise) const {
  const auto found = values_.find(static_cast<uint32_t>(group) << 16 | element);
  if (found == values_.end() || found->second.bytes.size() < 2) return otherwise;
  return static_cast<unsigned char>(found->second.bytes[0]) | static_cast<unsigned char>(found->second.bytes[1]) << 8;
}

}  // namespace asap
