// The loss of masked image modelling: mean squared error of voxels of hidden patches.
#ifndef ASAP_MODULES_MASKED_IMAGE_VOXEL_LOSS_H_
#define ASAP_MODULES_MASKED_IMAGE_VOXEL_LOSS_H_

#include <ATen/core/TensorBody.h>

#include <cstdint>

namespace asap {

struct VoxelLossOptions {
  // Each patch's voxels are brought to mean 0 and variance 1 before they are compared (the published code takes this flag and
  // ignores it).
  bool norm_pix_loss = true;
  // The mean runs over hidden voxels; false: their squared errors are divided by the number of all voxels, as published.
  bool masked_voxels_mean = true;
};

// Mean squared error of `predicted` against `target`, both [B, M, P] of the M hidden patches, of `patches` in all.
at::Tensor VoxelLoss(const at::Tensor& predicted, const at::Tensor& target, int64_t patches, const VoxelLossOptions& options);

}  // namespace asap

#endif  // ASAP_MODULES_MASKED_IMAGE_VOXEL_LOSS_H_
