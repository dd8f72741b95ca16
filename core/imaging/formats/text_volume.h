// NRRD and MetaImage: a text header, and voxels behind it or in a file of their own.
//
// Read here and not through ITK, whose readers take sizes and file names on trust, leave NRRD's units and its left-anterior
// space aside, take 1 mm for a voxel size that is not told, and take a data file's name with a % in it for a pattern.
#ifndef ASAP_CORE_IMAGING_FORMATS_TEXT_VOLUME_H_
#define ASAP_CORE_IMAGING_FORMATS_TEXT_VOLUME_H_

#include <string>

#include "absl/status/statusor.h"
#include "core/imaging/volume.h"

namespace asap {

// .nrrd, .nhdr, .mha or .mhd, told apart by the name's end.
absl::StatusOr<Volume<float>> ReadTextVolume(const std::string& path);
absl::StatusOr<Geometry> ReadTextGeometry(const std::string& path);

// The file that holds the voxels where the header is detached from them; empty where they are in the same file.
absl::StatusOr<std::string> DetachedDataFile(const std::string& path);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_FORMATS_TEXT_VOLUME_H_
