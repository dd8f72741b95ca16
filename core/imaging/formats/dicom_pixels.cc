#include "core/imaging/formats/dicom_pixels.h"

#include <algorithm>
#include <cstring>
#include <exception>

#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "gdcmImage.h"
#include "gdcmImageReader.h"
#include "gdcmTrace.h"

namespace asap {

template <typename T>
void DicomPixels::Rescale(const char* bytes, double slope, double intercept, absl::Span<float> out) const {
  const int shift = static_cast<int>(cell_.high_bit + 1 - cell_.stored);
  const uint64_t mask = (uint64_t{1} << cell_.stored) - 1;
  const uint64_t sign = cell_.is_signed ? uint64_t{1} << (cell_.stored - 1) : 0;
  for (size_t i = 0; i < out.size(); ++i) {
    T raw;
    memcpy(&raw, bytes + i * sizeof(T), sizeof(T));
    const uint64_t bits = static_cast<uint64_t>(raw) >> shift & mask;
    const int64_t value = static_cast<int64_t>(bits ^ sign) - static_cast<int64_t>(sign);
    out[i] = static_cast<float>(static_cast<double>(value) * slope + intercept);
  }
}

absl::Status DicomPixels::Read(int64_t frame, double slope, double intercept, absl::Span<float> out) const {
  if ((cell_.allocated != 8 && cell_.allocated != 16 && cell_.allocated != 32) || cell_.stored < 1 ||
      cell_.stored > cell_.allocated || cell_.high_bit + 1 < cell_.stored || cell_.high_bit >= cell_.allocated) {
    return absl::UnimplementedError(absl::StrCat("stores ", cell_.stored, " of ", cell_.allocated, " bits up to bit ",
                                                 cell_.high_bit, ", expected integers of 8, 16 or 32 bits"));
  }
  const absl::string_view all = decoded_.empty() ? bytes_ : absl::string_view(decoded_.data(), decoded_.size());
  const size_t bytes = out.size() * static_cast<size_t>(cell_.allocated / 8);
  const size_t start = bytes * static_cast<size_t>(frame);
  if (all.size() < start + bytes) {
    return absl::DataLossError(absl::StrCat("has ", all.size(), " bytes of pixels, expected ", start + bytes));
  }
  if (cell_.allocated == 8) Rescale<uint8_t>(all.data() + start, slope, intercept, out);
  if (cell_.allocated == 16) Rescale<uint16_t>(all.data() + start, slope, intercept, out);
  if (cell_.allocated == 32) Rescale<uint32_t>(all.data() + start, slope, intercept, out);
  return absl::OkStatus();
}

// The decoder's own pixel format says how the result lies.
absl::Status DicomPixels::Decompress(const std::string& path, uint64_t values) {
  gdcm::Trace::WarningOff();
  gdcm::Trace::ErrorOff();  // its messages may hold header strings
  try {
    gdcm::ImageReader reader;
    reader.SetFileName(path.c_str());
    if (!reader.Read()) return absl::DataLossError("has pixels that cannot be decompressed");
    const gdcm::Image& image = reader.GetImage();
    const gdcm::PixelFormat& format = image.GetPixelFormat();
    cell_ = {format.GetBitsAllocated(), format.GetBitsStored(), format.GetHighBit(), format.GetPixelRepresentation() == 1};
    if (image.GetBufferLength() != values * static_cast<uint64_t>(cell_.allocated / 8)) {
      return absl::DataLossError("has pixels that cannot be decompressed");
    }
    decoded_.resize(image.GetBufferLength());
    if (!image.GetBuffer(decoded_.data())) return absl::DataLossError("has pixels that cannot be decompressed");
    return absl::OkStatus();
  } catch (const std::exception& error) {
    return absl::DataLossError(absl::StrCat("has pixels that cannot be decompressed (", error.what(), ")"));
  }
}

absl::StatusOr<DicomPixels> DicomPixels::Open(const std::string& path, const DicomElements& elements) {
  if (!elements.has_pixels()) return absl::DataLossError("has no pixels");
  if (elements.Text(0x0028, 0x0004) != "MONOCHROME2" || elements.Short(0x0028, 0x0002, 1) != 1) {
    return absl::InvalidArgumentError("is no MONOCHROME2 image, as CT is");
  }
  DicomPixels pixels;
  if (elements.encapsulated()) {
    double frames = 1;
    elements.Numbers(0x0028, 0x0008, 1, &frames);
    if (!(frames >= 1 && frames <= 1e6)) return absl::DataLossError(absl::StrCat("has ", frames, " frames"));
    const int64_t values = elements.Short(0x0028, 0x0010, 0) * elements.Short(0x0028, 0x0011, 0) * static_cast<int64_t>(frames);
    ASAP_RETURN_IF_ERROR(pixels.Decompress(path, static_cast<uint64_t>(values)));
    return pixels;
  }
  pixels.cell_.allocated = elements.Short(0x0028, 0x0100, 16);
  pixels.cell_.stored = elements.Short(0x0028, 0x0101, pixels.cell_.allocated);
  pixels.cell_.high_bit = elements.Short(0x0028, 0x0102, pixels.cell_.stored - 1);
  pixels.cell_.is_signed = elements.Short(0x0028, 0x0103, 0) == 1;
  pixels.bytes_ = elements.pixels();
  return pixels;
}

}  // namespace asap
