// The smallest CT slices that a DICOM reader accepts, byte by byte and independently of the reader's library: for synthetic scans
// and for tests. No name, date or text is in them.
#ifndef ASAP_CORE_IMAGING_FORMATS_WRITE_DICOM_H_
#define ASAP_CORE_IMAGING_FORMATS_WRITE_DICOM_H_

#include <array>
#include <string>
#include <vector>

namespace asap {

struct DicomSlice {
  std::string study = "1.2";
  std::string series = "1.2.3";
  std::string instance = "1.2.3.4";
  int rows = 3;
  int columns = 4;
  std::array<double, 6> orientation = {1, 0, 0, 0, 1, 0};
  std::array<double, 3> position = {0, 0, 0};  // mm, LPS
  std::array<double, 2> spacing = {0.7, 0.8};  // between rows, between columns
  double slope = 1;
  double intercept = -1024;
  std::string photometric = "MONOCHROME2";
  int frames = 1;
  bool run_length = false;      // compressed by RLE, encapsulated
  std::vector<int16_t> stored;  // rows * columns
};

// Explicit VR little endian, 16 bits signed.
std::string DicomBytes(const DicomSlice& slice);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_FORMATS_WRITE_DICOM_H_
