// The data elements of one DICOM file (PS3.5, PS3.10), with every length checked.
//
// Parsed here rather than by GDCM because Debian's GDCM is built with assertions, which a damaged file fails: one bad slice among
// thousands would end the program.
#ifndef ASAP_CORE_IMAGING_FORMATS_DICOM_ELEMENTS_H_
#define ASAP_CORE_IMAGING_FORMATS_DICOM_ELEMENTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace asap {

class DicomElements {
 public:
  // The number of bytes at a file's beginning that BeginsAsDicom looks at.
  static constexpr size_t kBeginning = 1024;

  // Little-endian files with the preamble of PS3.10, or as planning systems and old scanners write them, without: then the first
  // element tells whether types are written. Elements are read up to and including the pixel data, or up to the tag `last`
  // (group << 16 | element). The bytes must outlive the result. Error messages leave it to the caller to name the file.
  static absl::StatusOr<DicomElements> Parse(absl::string_view bytes, uint32_t last = 0xffffffff);

  // Whether the bytes begin as a DICOM file does: with the preamble, or with elements that name a DICOM object.
  static bool BeginsAsDicom(absl::string_view bytes);

  // The items of a sequence, in order; none where it is absent.
  absl::StatusOr<std::vector<DicomElements>> Items(uint16_t group, uint16_t element) const;

  // The value of (group, element) without its padding; empty where absent.
  absl::string_view Text(uint16_t group, uint16_t element) const;
  // `count` finite numbers of a decimal or integer string; false where they are absent or malformed.
  bool Numbers(uint16_t group, uint16_t element, size_t count, double* out) const;
  // A 16-bit unsigned number, or `otherwise` where absent.
  int64_t Short(uint16_t group, uint16_t element, int64_t otherwise) const;

  bool has_pixels() const { return has_pixels_; }
  // Whether the pixels are compressed fragments, which only GDCM decodes; otherwise they are `pixels`.
  bool encapsulated() const { return encapsulated_; }
  absl::string_view pixels() const { return pixels_; }

 private:
  class Cursor;
  struct Value {
    absl::string_view bytes;
    bool typed_items = true;  // whether the elements in a sequence's items carry their types
  };

  // Elements up to the end of the cursor's bytes, to the end of the item where this is one, or to the pixel data.
  static absl::StatusOr<DicomElements> ReadElements(Cursor& cursor, bool is_item, bool compressed, uint32_t last);

  std::map<uint32_t, Value> values_;
  bool has_pixels_ = false;
  bool encapsulated_ = false;
  absl::string_view pixels_;
};

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_FORMATS_DICOM_ELEMENTS_H_
