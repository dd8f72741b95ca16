#include "core/imaging/formats/write_dicom.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace asap {
namespace {

void PutLittleEndian(std::string& bytes, uint64_t value, int count) {
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
}

// One data element (PS3.5 section 7.1.2). Values have even length, padded as their type asks.
void PutElement(std::string& bytes, uint16_t group, uint16_t element, const std::string& type, std::string value) {
  if (value.size() % 2 == 1) value += type == "UI" || type == "OW" || type == "OB" ? '\0' : ' ';
  PutLittleEndian(bytes, group, 2);
  PutLittleEndian(bytes, element, 2);
  bytes += type;
  const bool long_form = type == "OW" || type == "OB";
  if (long_form) PutLittleEndian(bytes, 0, 2);
  PutLittleEndian(bytes, value.size(), long_form ? 4 : 2);
  bytes += value;
}

// PS3.5 Annex G: high bytes, then low bytes, each in PackBits, here with literal runs only.
std::string RunLengthFrame(const std::vector<int16_t>& stored) {
  std::string segments[2];
  for (int segment = 0; segment < 2; ++segment) {
    for (size_t start = 0; start < stored.size(); start += 128) {
      const size_t count = std::min<size_t>(stored.size() - start, 128);
      segments[segment] += static_cast<char>(count - 1);
      for (size_t i = start; i < start + count; ++i) {
        segments[segment] += static_cast<char>(static_cast<uint16_t>(stored[i]) >> (segment == 0 ? 8 : 0) & 0xff);
      }
    }
    if (segments[segment].size() % 2 == 1) segments[segment] += '\0';
  }
  std::string frame;
  PutLittleEndian(frame, 2, 4);
  PutLittleEndian(frame, 64, 4);
  PutLittleEndian(frame, 64 + segments[0].size(), 4);
  frame.resize(64, '\0');
  return frame + segments[0] + segments[1];
}

// An item, or with an empty value and another element number, a delimiter.
void PutItem(std::string& bytes, uint16_t element, const std::string& value) {
  PutLittleEndian(bytes, 0xfffe, 2);
  PutLittleEndian(bytes, element, 2);
  PutLittleEndian(bytes, value.size(), 4);
  bytes += value;
}

std::string UnsignedShort(int value) {
  std::string bytes;
  PutLittleEndian(bytes, static_cast<uint64_t>(value), 2);
  return bytes;
}

}  // namespace

std::string DicomBytes(const DicomSlice& slice) {
  constexpr char kCtImageStorage[] = "1.2.840.10008.5.1.4.1.1.2";
  const std::string transfer_syntax = slice.run_length ? "1.2.840.10008.1.2.5" : "1.2.840.10008.1.2.1";
  std::string meta;
  PutElement(meta, 0x0002, 0x0001, "OB", std::string("\0\1", 2));
  PutElement(meta, 0x0002, 0x0002, "UI", kCtImageStorage);
  PutElement(meta, 0x0002, 0x0003, "UI", slice.instance);
  PutElement(meta, 0x0002, 0x0010, "UI", transfer_syntax);
  PutElement(meta, 0x0002, 0x0012, "UI", "1.2.3.5");
  std::string meta_length;
  PutLittleEndian(meta_length, meta.size(), 4);

  std::string bytes(128, '\0');
  bytes += "DICM";
  PutElement(bytes, 0x0002, 0x0000, "UL", meta_length);
  bytes += meta;
  PutElement(bytes, 0x0008, 0x0016, "UI", kCtImageStorage);
  PutElement(bytes, 0x0008, 0x0018, "UI", slice.instance);
  PutElement(bytes, 0x0008, 0x0060, "CS", "CT");
  PutElement(bytes, 0x0020, 0x000d, "UI", slice.study);
  PutElement(bytes, 0x0020, 0x000e, "UI", slice.series);
  PutElement(bytes, 0x0020, 0x0032, "DS", absl::StrJoin(slice.position, "\\"));
  PutElement(bytes, 0x0020, 0x0037, "DS", absl::StrJoin(slice.orientation, "\\"));
  PutElement(bytes, 0x0028, 0x0002, "US", UnsignedShort(1));
  PutElement(bytes, 0x0028, 0x0004, "CS", slice.photometric);
  if (slice.frames != 1) PutElement(bytes, 0x0028, 0x0008, "IS", absl::StrCat(slice.frames));
  PutElement(bytes, 0x0028, 0x0010, "US", UnsignedShort(slice.rows));
  PutElement(bytes, 0x0028, 0x0011, "US", UnsignedShort(slice.columns));
  PutElement(bytes, 0x0028, 0x0030, "DS", absl::StrJoin(slice.spacing, "\\"));
  PutElement(bytes, 0x0028, 0x0100, "US", UnsignedShort(16));
  PutElement(bytes, 0x0028, 0x0101, "US", UnsignedShort(16));
  PutElement(bytes, 0x0028, 0x0102, "US", UnsignedShort(15));
  PutElement(bytes, 0x0028, 0x0103, "US", UnsignedShort(1));
  PutElement(bytes, 0x0028, 0x1052, "DS", absl::StrCat(slice.intercept));
  PutElement(bytes, 0x0028, 0x1053, "DS", absl::StrCat(slice.slope));
  if (slice.run_length) {
    PutLittleEndian(bytes, 0x7fe0, 2);
    PutLittleEndian(bytes, 0x0010, 2);
    bytes += "OB";
    PutLittleEndian(bytes, 0, 2);
    PutLittleEndian(bytes, 0xffffffff, 4);
    PutItem(bytes, 0xe000, "");  // the offset table, empty
    PutItem(bytes, 0xe000, RunLengthFrame(slice.stored));
    PutItem(bytes, 0xe0dd, "");
    return bytes;
  }
  std::string pixels;
  for (int16_t value : slice.stored) PutLittleEndian(pixels, static_cast<uint16_t>(value), 2);
  PutElement(bytes, 0x7fe0, 0x0010, "OW", pixels);
  return bytes;
}

}  // namespace asap
