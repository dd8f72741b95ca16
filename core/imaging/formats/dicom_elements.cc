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
  bool sequence = false;
};

// Reads elements one after another; every step stays inside the bytes.
class Cursor {
 public:
  explicit Cursor(absl::string_view bytes) : bytes_(bytes) {}

  size_t at() const { return at_; }
  bool done() const { return at_ >= bytes_.size(); }
  void set_explicit_types(bool value) { explicit_types_ = value; }

  // The tag at the cursor without moving, or 0 where fewer than four bytes are left.
  uint32_t PeekTag() const {
    return bytes_.size() - at_ < 4 ? 0 : static_cast<uint32_t>(Number(at_, 2) << 16 | Number(at_ + 2, 2));
  }

  // Moves past tag, type and length.
  absl::StatusOr<Element> Header() {
    if (bytes_.size() - at_ < 8) return Damaged(at_);
    Element element = {.tag = PeekTag()};
    const bool delimiter = element.tag >> 16 == 0xfffe;
    if (!explicit_types_ || delimiter) {
      element.length = static_cast<uint32_t>(Number(at_ + 4, 4));
      element.sequence = !delimiter && element.length == kUndefined;
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
    if (element.sequence && type == "UN") unknown_sequence_ = true;
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
  absl::Status SkipSequence(int depth = 0) {
    if (depth > kMaxDepth) return Damaged(at_);
    const bool outer_types = explicit_types_;
    if (unknown_sequence_) explicit_types_ = false;
    unknown_sequence_ = false;
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
          ASAP_RETURN_IF_ERROR(SkipSequence(depth + 1));
        } else {
          ASAP_RETURN_IF_ERROR(Value(element.length).status());
        }
      }
    }
    explicit_types_ = outer_types;
    return absl::OkStatus();
  }

 private:
  uint64_t Number(size_t at, int count) const {
    uint64_t value = 0;
    for (int i = 0; i < count; ++i) value |= static_cast<uint64_t>(static_cast<unsigned char>(bytes_[at + i])) << (8 * i);
    return value;
  }

  const absl::string_view bytes_;
  size_t at_ = kPreamble;
  bool explicit_types_ = true;
  bool unknown_sequence_ = false;
};

absl::string_view WithoutPadding(absl::string_view value) {
  while (!value.empty() && (value.back() == '\0' || value.back() == ' ')) value.remove_suffix(1);
  return value;
}

}  // namespace

bool DicomElements::HasPreamble(absl::string_view bytes) {
  return bytes.size() >= kPreamble && bytes.substr(kPreamble - 4, 4) == "DICM";
}

absl::StatusOr<DicomElements> DicomElements::Parse(absl::string_view bytes) {
  if (!HasPreamble(bytes)) return absl::InvalidArgumentError("is no DICOM file: \"DICM\" is not at byte 128");
  DicomElements result;
  Cursor cursor(bytes);
  std::string transfer_syntax;
  while (cursor.PeekTag() >> 16 == 0x0002) {
    ASAP_ASSIGN_OR_RETURN(const Element element, cursor.Header());
    ASAP_ASSIGN_OR_RETURN(const absl::string_view value, cursor.Value(element.length));
    if (element.tag == 0x00020010) transfer_syntax = std::string(WithoutPadding(value));
  }
  if (transfer_syntax.empty()) return Damaged(cursor.at());
  if (transfer_syntax == "1.2.840.10008.1.2.2" || transfer_syntax == "1.2.840.10008.1.2.1.99") {
    return absl::UnimplementedError(
        "is big-endian or deflated DICOM, expected little-endian. Convert it, for example with gdcmconv --raw.");
  }
  if (transfer_syntax == "1.2.840.10008.1.2") cursor.set_explicit_types(false);
  const bool compressed = absl::StartsWith(transfer_syntax, "1.2.840.10008.1.2.4.") || transfer_syntax == "1.2.840.10008.1.2.5";
  while (!cursor.done()) {
    ASAP_ASSIGN_OR_RETURN(const Element element, cursor.Header());
    if (element.tag == kPixelData && element.length == kUndefined) {
      if (!compressed) return Damaged(cursor.at());
      // Fragments are items of bytes, walked only to see that all of them are there.
      ASAP_RETURN_IF_ERROR(cursor.SkipSequence());
      result.has_pixels_ = result.encapsulated_ = true;
      return result;
    }
    if (element.sequence) {
      ASAP_RETURN_IF_ERROR(cursor.SkipSequence());
      continue;
    }
    ASAP_ASSIGN_OR_RETURN(const absl::string_view value, cursor.Value(element.length));
    if (element.tag == kPixelData) {
      if (compressed) return Damaged(cursor.at());
      result.has_pixels_ = true;
      result.pixels_ = value;
      return result;
    }
    result.values_[element.tag] = value;
  }
  return result;
}

absl::string_view DicomElements::Text(uint16_t group, uint16_t element) const {
  const auto found = values_.find(static_cast<uint32_t>(group) << 16 | element);
  return found == values_.end() ? absl::string_view() : WithoutPadding(found->second);
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
  if (found == values_.end() || found->second.size() < 2) return otherwise;
  return static_cast<unsigned char>(found->second[0]) | static_cast<unsigned char>(found->second[1]) << 8;
}

}  // namespace asap
