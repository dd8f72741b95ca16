// The sizes of a vision transformer.
#ifndef ASAP_MODULES_VIT3D_VIT_OPTIONS_H_
#define ASAP_MODULES_VIT3D_VIT_OPTIONS_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "modules/vit3d/patches.h"

namespace asap {

struct VitOptions {
  Size3 volume = {224, 224, 112};  // voxels; multiples of the patch, the grid need not be a cube
  Size3 patch = {16, 16, 8};       // voxels
  int64_t width = 768;             // a multiple of 6 and of the heads
  int64_t depth = 12;
  int64_t heads = 12;
  int64_t mlp_width = 0;    // of each block's hidden layer; 0 is four times `width`, as published
  bool checkpoint = false;  // blocks keep their inputs alone, see checkpointing.h
  uint64_t seed = 0;        // of the starting values
  // Voxels of the volume that the weights learnt positions of, where that is another one: its table is brought to this grid.
  std::optional<Size3> position_volume;

  Size3 grid() const { return GridOf(volume); }
  Size3 position_grid() const { return GridOf(position_volume.value_or(volume)); }
  int64_t hidden() const { return mlp_width > 0 ? mlp_width : 4 * width; }
  int64_t patches() const { return grid()[0] * grid()[1] * grid()[2]; }
  int64_t patch_voxels() const { return patch[0] * patch[1] * patch[2]; }
  absl::Status Validate() const;  // InvalidArgument, naming the number

 private:
  Size3 GridOf(const Size3& voxels) const { return {voxels[0] / patch[0], voxels[1] / patch[1], voxels[2] / patch[2]}; }
};

}  // namespace asap

#endif  // ASAP_MODULES_VIT3D_VIT_OPTIONS_H_
