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

// Appends data elements (PS3.5 section 7.1). Values have even length, padded as their type asks.
class ElementWriter {
 public:
  explicit ElementWriter(bool explicit_types) : explicit_types_(explicit_types) {}

  void Put(uint16_t group, uint16_t element, const std::string& type, std::string value) {
    if (value.size() % 2 == 1) value += type == "UI" || type == "OW" || type == "OB" ? '\0' : ' ';
    Head(group, element, type, value.size());
    bytes_ += value;
  }
  void PutShort(uint16_t group, uint16_t element, int value) {
    std::string bytes;
    PutLittleEndian(bytes, static_cast<uint64_t>(value), 2);
    Put(group, element, "US", bytes);
  }
  // Each item is the bytes of its elements.
  void PutSequence(uint16_t group, uint16_t element, const std::vector<std::string>& items, bool delimited) {
    std::string value;
    for (const std::string& item : items) {
      PutItem(value, 0xe000, delimited ? kUndefined : item.size());
      value += item;
      if (delimited) PutItem(value, 0xe00d, 0);
    }
    if (delimited) PutItem(value, 0xe0dd, 0);
    Head(group, element, "SQ", delimited ? kUndefined : value.size());
    bytes_ += value;
  }
  // Compressed pixels: an empty table of offsets, and a frame.
  void PutFrame(const std::string& frame) {
    Head(0x7fe0, 0x0010, "OB", kUndefined);
    PutItem(bytes_, 0xe000, 0);
    PutItem(bytes_, 0xe000, frame.size());
    bytes_ += frame;
    PutItem(bytes_, 0xe0dd, 0);
  }

  const std::string& bytes() const { return bytes_; }

 private:
  static constexpr uint64_t kUndefined = 0xffffffff;

  // An item, or with another element number a delimiter, up to its value.
  static void PutItem(std::string& bytes, uint16_t element, uint64_t length) {
    PutLittleEndian(bytes, 0xfffe, 2);
    PutLittleEndian(bytes, element, 2);
    PutLittleEndian(bytes, length, 4);
  }
  void Head(uint16_t group, uint16_t element, const std::string& type, uint64_t length) {
    PutLittleEndian(bytes_, group, 2);
    PutLittleEndian(bytes_, element, 2);
    const bool long_form = type == "OW" || type == "OB" || type == "SQ";
    if (explicit_types_) bytes_ += type;
    if (explicit_types_ && long_form) PutLittleEndian(bytes_, 0, 2);
    PutLittleEndian(bytes_, length, long_form || !explicit_types_ ? 4 : 2);
  }

  const bool explicit_types_;
  std::string bytes_;
};

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

std::string Preamble(const std::string& object_class, const DicomSlice& slice) {
  ElementWriter meta(true);
  meta.Put(0x0002, 0x0001, "OB", std::string("\0\1", 2));
  meta.Put(0x0002, 0x0002, "UI", object_class);
  meta.Put(0x0002, 0x0003, "UI", slice.instance);
  meta.Put(0x0002, 0x0010, "UI",
           slice.run_length       ? "1.2.840.10008.1.2.5"
           : slice.explicit_types ? "1.2.840.10008.1.2.1"
                                  : "1.2.840.10008.1.2");
  meta.Put(0x0002, 0x0012, "UI", "1.2.3.5");
  std::string length;
  PutLittleEndian(length, meta.bytes().size(), 4);
  ElementWriter first(true);
  first.Put(0x0002, 0x0000, "UL", length);
  return std::string(128, '\0') + "DICM" + first.bytes() + meta.bytes();
}

void PutIdentity(ElementWriter& out, const std::string& object_class, const DicomSlice& slice) {
  out.Put(0x0008, 0x0016, "UI", object_class);
  out.Put(0x0008, 0x0018, "UI", slice.instance);
  out.Put(0x0008, 0x0060, "CS", "CT");
  out.Put(0x0020, 0x000d, "UI", slice.study);
  out.Put(0x0020, 0x000e, "UI", slice.series);
}

void PutStorage(ElementWriter& out) {
  out.PutShort(0x0028, 0x0100, 16);
  out.PutShort(0x0028, 0x0101, 16);
  out.PutShort(0x0028, 0x0102, 15);
  out.PutShort(0x0028, 0x0103, 1);
}

void PutRescale(ElementWriter& out, const DicomSlice& slice) {
  out.Put(0x0028, 0x1052, "DS", absl::StrCat(slice.intercept));
  out.Put(0x0028, 0x1053, "DS", absl::StrCat(slice.slope));
}

}  // namespace

std::string DicomBytes(const DicomSlice& slice) {
  constexpr char kCtImageStorage[] = "1.2.840.10008.5.1.4.1.1.2";
  ElementWriter out(slice.explicit_types);
  PutIdentity(out, kCtImageStorage, slice);
  if (slice.acquisition != 0) out.Put(0x0020, 0x0012, "IS", absl::StrCat(slice.acquisition));
  if (slice.has_position) out.Put(0x0020, 0x0032, "DS", absl::StrJoin(slice.position, "\\"));
  out.Put(0x0020, 0x0037, "DS", absl::StrJoin(slice.orientation, "\\"));
  out.PutShort(0x0028, 0x0002, 1);
  out.Put(0x0028, 0x0004, "CS", slice.photometric);
  if (slice.frames != 1) out.Put(0x0028, 0x0008, "IS", absl::StrCat(slice.frames));
  out.PutShort(0x0028, 0x0010, slice.rows);
  out.PutShort(0x0028, 0x0011, slice.columns);
  out.Put(0x0028, 0x0030, "DS", absl::StrJoin(slice.spacing, "\\"));
  PutStorage(out);
  PutRescale(out, slice);
  if (slice.run_length) {
    out.PutFrame(RunLengthFrame(slice.stored));
  } else {
    std::string pixels;
    for (int16_t value : slice.stored) PutLittleEndian(pixels, static_cast<uint16_t>(value), 2);
    out.Put(0x7fe0, 0x0010, "OW", pixels);
  }
  return (slice.preamble ? Preamble(kCtImageStorage, slice) : "") + out.bytes();
}

std::string EnhancedDicomBytes(const std::vector<DicomSlice>& slices, bool delimited) {
  constexpr char kEnhancedCtImageStorage[] = "1.2.840.10008.5.1.4.1.1.2.1";
  const DicomSlice& first = slices.front();
  const bool types = first.explicit_types;
  const auto group = [&](uint16_t number, uint16_t element, const ElementWriter& content) {
    ElementWriter out(types);
    out.PutSequence(number, element, {content.bytes()}, delimited);
    return out.bytes();
  };
  ElementWriter orientation(types), measures(types);
  orientation.Put(0x0020, 0x0037, "DS", absl::StrJoin(first.orientation, "\\"));
  measures.Put(0x0028, 0x0030, "DS", absl::StrJoin(first.spacing, "\\"));
  std::vector<std::string> frames;
  std::string pixels;
  for (const DicomSlice& slice : slices) {
    ElementWriter content(types), position(types), values(types);
    content.PutShort(0x0020, 0x9156, slice.acquisition);
    if (slice.has_position) position.Put(0x0020, 0x0032, "DS", absl::StrJoin(slice.position, "\\"));
    PutRescale(values, slice);
    frames.push_back(group(0x0020, 0x9111, content) + group(0x0020, 0x9113, position) + group(0x0028, 0x9145, values));
    for (int16_t value : slice.stored) PutLittleEndian(pixels, static_cast<uint16_t>(value), 2);
  }
  ElementWriter out(types);
  PutIdentity(out, kEnhancedCtImageStorage, first);
  out.PutShort(0x0028, 0x0002, 1);
  out.Put(0x0028, 0x0004, "CS", first.photometric);
  out.Put(0x0028, 0x0008, "IS", absl::StrCat(slices.size()));
  out.PutShort(0x0028, 0x0010, first.rows);
  out.PutShort(0x0028, 0x0011, first.columns);
  PutStorage(out);
  out.PutSequence(0x5200, 0x9229, {group(0x0020, 0x9116, orientation) + group(0x0028, 0x9110, measures)}, delimited);
  out.PutSequence(0x5200, 0x9230, frames, delimited);
  out.Put(0x7fe0, 0x0010, "OW", pixels);
  return (first.preamble ? Preamble(kEnhancedCtImageStorage, first) : "") + out.bytes();
}

}  // namespace asap
