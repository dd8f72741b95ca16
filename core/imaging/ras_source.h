// An open volume with its axes in RAS+ order, whatever order they are stored in. No voxel is moved or interpolated.
#ifndef ASAP_CORE_IMAGING_RAS_SOURCE_H_
#define ASAP_CORE_IMAGING_RAS_SOURCE_H_

#include <memory>

#include "core/imaging/volume.h"

namespace asap {

// Its geometry is RasGeometry(source->geometry()). A source in RAS+ order is returned as it is.
std::unique_ptr<VoxelSource> InRasOrder(std::unique_ptr<VoxelSource> source);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_RAS_SOURCE_H_
