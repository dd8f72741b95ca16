// Opens the voxels of one case for reading in boxes.
#ifndef ASAP_CORE_IMAGING_FORMATS_VOXEL_SOURCE_H_
#define ASAP_CORE_IMAGING_FORMATS_VOXEL_SOURCE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/imaging/volume.h"

namespace asap {

// Any file or folder that ReadVolume reads, in its stored axis order. An uncompressed .nii of int16 or uint8 without intensity
// scaling is mapped, so a box costs itself; .nii.gz is decoded once to memory; everything else is read in full. Values that are
// not integers are rounded to the nearest, and values beyond int16 are clamped to it.
absl::StatusOr<std::unique_ptr<VoxelSource>> OpenVoxelSource(const std::string& path);

// Whether OpenVoxelSource maps this file: it is an uncompressed .nii of int16 or uint8 without intensity scaling. False where it
// cannot be read.
bool IsMappedAsStored(const std::string& path);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_FORMATS_VOXEL_SOURCE_H_
