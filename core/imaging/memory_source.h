// A volume in memory as the voxels of a case.
#ifndef ASAP_CORE_IMAGING_MEMORY_SOURCE_H_
#define ASAP_CORE_IMAGING_MEMORY_SOURCE_H_

#include <cstdint>
#include <memory>

#include "core/imaging/volume.h"

namespace asap {

std::unique_ptr<VoxelSource> MakeVoxelSource(Volume<int16_t> volume);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_MEMORY_SOURCE_H_
