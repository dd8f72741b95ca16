// DICOM series.
#ifndef ASAP_CORE_IMAGING_FORMATS_DICOM_H_
#define ASAP_CORE_IMAGING_FORMATS_DICOM_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/imaging/volume.h"

namespace asap {

// Whether the folder itself (not its subfolders) holds a DICOM file, by how it begins. Names do not matter.
bool HoldsDicom(const std::string& folder);

// The series of a folder as one volume: slices sorted by their position along the slice normal, rescale slope and intercept
// applied, RAS+ world. Classic files, one slice each, and enhanced ones, a slice a frame. dicom_stack.h says which slices make
// the volume, what is told and what is refused.
//
// Slices that a tilted gantry has shifted in their plane from one to the next are moved to their true places, between pixels by
// linear interpolation, with a warning; the volume grows by what they shift, and what no slice covers has the least of its
// values.
absl::StatusOr<Volume<float>> ReadDicomSeries(const std::string& folder);

// The geometry alone, from the headers of all files.
absl::StatusOr<Geometry> ReadDicomGeometry(const std::string& folder);

// The digests of the SOPInstanceUIDs of each series in the files that lie directly in the folder; sorted. The key names a series
// wherever it lies, by its patient, study and SeriesInstanceUID. Files that cannot be read are left out.
std::map<std::string, std::vector<uint64_t>> DicomSeriesOf(const std::string& folder);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_FORMATS_DICOM_H_
