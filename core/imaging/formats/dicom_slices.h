// What the headers of a folder's DICOM files say of its slices: a classic file holds one, an enhanced (multi-frame) one a slice a
// frame, whose place and rescaling stand in functional groups (PS3.3 C.7.6.16).
#ifndef ASAP_CORE_IMAGING_FORMATS_DICOM_SLICES_H_
#define ASAP_CORE_IMAGING_FORMATS_DICOM_SLICES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace asap {

struct SliceHeader {
  std::string path;
  int64_t frame = 0;  // of the file's
  bool multi_frame = false;
  std::string series;       // SeriesInstanceUID
  std::string scan;         // patient, study and frame of reference: positions of slices that differ in it cannot be compared
  std::string acquisition;  // number of it within the series, or empty
  int64_t rows = 0;
  int64_t columns = 0;
  std::array<double, 6> orientation = {};  // unit vectors of growing column index, then of growing row index; LPS
  std::array<double, 3> position = {};     // mm, LPS, centre of the first voxel
  std::array<double, 2> spacing = {};      // mm between rows, between columns
  double slope = 1;
  double intercept = 0;
  bool compressed = false;

  // Names the slice in messages: the file's name, with the frame's number where it has several.
  std::string Name() const;
};

// An image, or what has the name of one, that has no place in a volume.
struct UnplacedSlice {
  std::string name;                   // of the file
  std::optional<std::string> series;  // nothing where it may be any
  std::string why;                    // "has no position, ..."
};

struct DicomFolder {
  int64_t files = 0;                // that are DICOM
  std::vector<SliceHeader> slices;  // in the order of file names, and of frames
  std::vector<UnplacedSlice> unplaced;
};

// The headers of all DICOM files that lie directly in the folder. A damaged file is an error that names it.
absl::StatusOr<DicomFolder> ReadDicomHeaders(const std::string& folder);

// The DICOM files that lie directly in the folder, in the order of their names. Their names do not matter; DICOMDIR is left out.
std::vector<std::string> DicomFiles(const std::string& folder);

// Whether the file begins as DICOM does.
bool IsDicomFile(const std::string& path);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_FORMATS_DICOM_SLICES_H_
