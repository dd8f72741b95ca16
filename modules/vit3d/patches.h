// Volumes as sequences of patches.
//
// Patch (h, w, d) of the grid has index (h * grid[1] + w) * grid[2] + d; inside a patch, voxel (a, b, c) has index
// (a * patch[1] + b) * patch[2] + c. L: patches of a volume, P: voxels of a patch.
#ifndef ASAP_MODULES_VIT3D_PATCHES_H_
#define ASAP_MODULES_VIT3D_PATCHES_H_

#include <ATen/core/TensorBody.h>

#include <array>
#include <cstdint>

namespace asap {

using Size3 = std::array<int64_t, 3>;

// [B, 1, H, W, D] -> [B, L, P]. H, W, D are multiples of the patch.
at::Tensor Patchify(const at::Tensor& volumes, const Size3& patch);

// The patches at `which` [B, M] alone: [B, M, P]. The rows of Patchify() without the others in memory.
at::Tensor GatherPatches(const at::Tensor& volumes, const Size3& patch, const at::Tensor& which);

// [B, L, P] -> [B, 1, H, W, D].
at::Tensor Unpatchify(const at::Tensor& patches, const Size3& grid, const Size3& patch);

// Which patches an encoder sees: for noise [B, L], those of the lowest noise, in order of noise.
struct Masking {
  at::Tensor shuffle;  // [B, L] int64: the patches in order of noise, visible ones first
  at::Tensor restore;  // [B, L] int64: place of each patch in `shuffle`
  int64_t visible = 0;

  at::Tensor keep() const { return shuffle.slice(1, 0, visible); }  // [B, V]
  at::Tensor hidden() const { return shuffle.slice(1, visible); }   // [B, L - V]
};

// trunc(L (1 - ratio)), at least 1.
int64_t VisiblePatches(int64_t patches, double mask_ratio);
Masking MaskByNoise(const at::Tensor& noise, int64_t visible);

// Rows of x [B, N, C] at index [B, M] -> [B, M, C].
at::Tensor GatherRows(const at::Tensor& x, const at::Tensor& index);

// The fixed position table [1 + L, width] float32: zeros for the class token, then for each patch sines and cosines of its three
// grid coordinates, width / 6 frequencies each. Width is a multiple of 6.
at::Tensor SinCosTable(const Size3& grid, int64_t width);

// A position table [L, C] or [1 + L, C], whose first row is the class token's and kept, brought from the grid that it is of to
// another one: trilinear interpolation of each column over the grid, as torch.nn.functional.interpolate(mode="trilinear",
// align_corners=False) computes it; the same tensor where the grids are equal. Place i of n stands for the middle of its patch,
// (i + 1/2) / n of an axis, so both grids span the same field of view, and places nearer to the border than the outermost middle
// take its row. LibTorch has no antialiasing in three dimensions: a coarser grid samples between two rows and averages no more.
at::Tensor ResizePositions(const at::Tensor& table, const Size3& from, const Size3& to);

}  // namespace asap

#endif  // ASAP_MODULES_VIT3D_PATCHES_H_
