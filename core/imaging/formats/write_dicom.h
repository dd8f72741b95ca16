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
  int acquisition = 0;          // AcquisitionNumber, left out where 0
  bool has_position = true;     // false: ImagePositionPatient is left out
  bool explicit_types = true;   // false: the transfer syntax without types
  bool preamble = true;         // false: neither preamble nor the elements that belong to it, as some planning systems write
  bool run_length = false;      // compressed by RLE, encapsulated
  std::vector<int16_t> stored;  // rows * columns
};

// Little endian, 16 bits signed.
std::string DicomBytes(const DicomSlice& slice);

// Enhanced CT: one file of all slices. Orientation, spacing and what else the slices share are those of the first; each has its
// position, acquisition and rescaling, and `has_position` of its own. Sequences have lengths, or with `delimited` are ended by a
// delimiter.
std::string EnhancedDicomBytes(const std::vector<DicomSlice>& slices, bool delimited = false);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_FORMATS_WRITE_DICOM_H_
