#include "core/imaging/formats/dicom_pixels.h"

#include <cstring>
#include <exception>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gdcmImage.h"
#include "gdcmImageReader.h"
#include "gdcmTrace.h"

namespace asap {
namespace {

// How a stored number lies in its cell (PS3.5 section 8.1.1): the bits above it may belong to an overlay.
struct Cell {
  int64_t allocated = 16;
  int64_t stored = 16;
  int64_t high_bit = 15;
  bool is_signed = false;
};

template <typename T>
void Rescale(const char* bytes, const Cell& cell, double slope, double intercept, absl::Span<float> out) {
  const int shift = static_cast<int>(cell.high_bit + 1 - cell.stored);
  const uint64_t mask = (uint64_t{1} << cell.stored) - 1;
  const uint64_t sign = cell.is_signed ? uint64_t{1} << (cell.stored - 1) : 0;
  for (size_t i = 0; i < out.size(); ++i) {
    T raw;
    memcpy(&raw, bytes + i * sizeof(T), sizeof(T));
    const uint64_t bits = static_cast<uint64_t>(raw) >> shift & mask;
    const int64_t value = static_cast<int64_t>(bits ^ sign) - static_cast<int64_t>(sign);
    out[i] = static_cast<float>(static_cast<double>(value) * slope + intercept);
  }
}

absl::Status RescaleCells(absl::string_view bytes, const Cell& cell, double slope, double intercept, absl::Span<float> out) {
  if ((cell.allocated != 8 && cell.allocated != 16 && cell.allocated != 32) || cell.stored < 1 || cell.stored > cell.allocated ||
      cell.high_bit + 1 < cell.stored || cell.high_bit >= cell.allocated) {
    return absl::UnimplementedError(absl::StrCat("stores ", cell.stored, " of ", cell.allocated, " bits up to bit ",
                                                 cell.high_bit, ", expected integers of 8, 16 or 32 bits"));
  }
  const size_t needed = out.size() * static_cast<size_t>(cell.allocated / 8);
  if (bytes.size() < needed)
    return absl::DataLossError(absl::StrCat("has ", bytes.size(), " bytes of pixels, expected ", needed));
  if (cell.allocated == 8) Rescale<uint8_t>(bytes.data(), cell, slope, intercept, out);
  if (cell.allocated == 16) Rescale<uint16_t>(bytes.data(), cell, slope, intercept, out);
  if (cell.allocated == 32) Rescale<uint32_t>(bytes.data(), cell, slope, intercept, out);
  return absl::OkStatus();
}

// Decompressed by GDCM; the result's own pixel format says how it lies.
absl::Status ReadCompressed(const std::string& path, double slope, double intercept, absl::Span<float> out) {
  gdcm::Trace::WarningOff();
  gdcm::Trace::ErrorOff();  // its messages may hold header strings
  try {
    gdcm::ImageReader reader;
    reader.SetFileName(path.c_str());
    if (!reader.Read()) return absl::DataLossError("has pixels that cannot be decompressed");
    const gdcm::Image& image = reader.GetImage();
    const gdcm::PixelFormat& format = image.GetPixelFormat();
    const Cell cell = {format.GetBitsAllocated(), format.GetBitsStored(), format.GetHighBit(),
                       format.GetPixelRepresentation() == 1};
    std::vector<char> bytes(image.GetBufferLength());
    if (bytes.size() != out.size() * static_cast<size_t>(cell.allocated / 8) || !image.GetBuffer(bytes.data())) {
      return absl::DataLossError("has pixels that cannot be decompressed");
    }
    return RescaleCells(absl::string_view(bytes.data(), bytes.size()), cell, slope, intercept, out);
  } catch (const std::exception& error) {
    return absl::DataLossError(absl::StrCat("has pixels that cannot be decompressed (", error.what(), ")"));
  }
}

}  // namespace

absl::Status ReadDicomPixels(const std::string& path, const DicomElements& elements, double slope, double intercept,
                             absl::Span<float> out) {
  if (!elements.has_pixels()) return absl::DataLossError("has no pixels");
  if (elements.Text(0x0028, 0x0004) != "MONOCHROME2" || elements.Short(0x0028, 0x0002, 1) != 1) {
    return absl::InvalidArgumentError("is no MONOCHROME2 image, as CT is");
  }
  if (elements.encapsulated()) return ReadCompressed(path, slope, intercept, out);
  Cell cell;
  cell.allocated = elements.Short(0x0028, 0x0100, 16);
  cell.stored = elements.Short(0x0028, 0x0101, cell.allocated);
  cell.high_bit = elements.Short(0x0028, 0x0102, cell.stored - 1);
  cell.is_signed = elements.Short(0x0028, 0x0103, 0) == 1;
  return RescaleCells(elements.pixels(), cell, slope, intercept, out);
}

}  // namespace asap
