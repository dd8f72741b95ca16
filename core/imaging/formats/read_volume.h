// Reads a CT volume or a label map, whatever its format: .nii, .nii.gz, NIfTI pairs of .hdr and .img, .nrrd, .nhdr, .mha, .mhd,
// .npz as RAD-ChestCT publishes them (npz_volume.h), a folder with a DICOM series, or a folder of slice pictures
// (picture_series.h says what is assumed of them).
//
// Files are untrusted: headers are checked before memory is taken for the voxels, and a truncated or hostile file is one error
// that names the file, what was expected, what was found and what to do.
#ifndef ASAP_CORE_IMAGING_FORMATS_READ_VOLUME_H_
#define ASAP_CORE_IMAGING_FORMATS_READ_VOLUME_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/imaging/row_source.h"
#include "core/imaging/volume.h"

namespace asap {

// Voxels in file order with the format's rescaling applied (HU for CT), and RAS+ world geometry in mm. Axes are as stored: see
// reorient.h to make them run to R, A and S.
absl::StatusOr<Volume<float>> ReadVolume(const std::string& path);

// The same voxels without a copy in float, where the format allows: NIfTI is converted as it is read and, with more than one
// thread, decoded meanwhile. Then whether the file is whole is known at RowSource::Finish().
absl::StatusOr<std::unique_ptr<RowSource>> OpenRows(const std::string& path, int threads = 1);

// The geometry alone, from the headers: cheap, for verification.
absl::StatusOr<Geometry> ReadGeometry(const std::string& path);

// The files that ReadVolume(path) depends on: the file, also the data file that a detached header names, or all files of a
// folder, in the order of their names.
absl::StatusOr<std::vector<std::string>> VolumeFiles(const std::string& path);

// Whether the name ends like a volume file that ReadVolume reads (case-insensitive). Not .hdr and .img, which are those of many
// formats: IsNiftiPair looks into them.
bool HasVolumeExtension(absl::string_view path);

// The file name without its folder and its volume extension: "a/b/case1.nii.gz" -> "case1".
std::string VolumeStem(absl::string_view path);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_FORMATS_READ_VOLUME_H_
