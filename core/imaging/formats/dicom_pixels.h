// The pixels of one DICOM file.
#ifndef ASAP_CORE_IMAGING_FORMATS_DICOM_PIXELS_H_
#define ASAP_CORE_IMAGING_FORMATS_DICOM_PIXELS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/imaging/formats/dicom_elements.h"

namespace asap {

// Error messages leave it to the caller to name the file.
class DicomPixels {
 public:
  // Uncompressed pixels are those of `elements`, whose bytes must outlive the result; compressed ones (JPEG, JPEG-LS, JPEG 2000,
  // RLE) are decoded by GDCM from the file, which may abort on damaged data: see isolated.h.
  static absl::StatusOr<DicomPixels> Open(const std::string& path, const DicomElements& elements);

  // Fills `out`, of rows * columns values, with slope * stored + intercept of a frame, which counts from 0.
  absl::Status Read(int64_t frame, double slope, double intercept, absl::Span<float> out) const;

 private:
  // How a stored number lies in its cell (PS3.5 section 8.1.1): the bits above it may belong to an overlay.
  struct Cell {
    int64_t allocated = 16;
    int64_t stored = 16;
    int64_t high_bit = 15;
    bool is_signed = false;
  };

  template <typename T>
  void Rescale(const char* bytes, double slope, double intercept, absl::Span<float> out) const;
  absl::Status Decompress(const std::string& path, uint64_t values);

  Cell cell_;
  std::vector<char> decoded_;
  absl::string_view bytes_;  // of all frames where nothing was decoded
};

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_FORMATS_DICOM_PIXELS_H_
