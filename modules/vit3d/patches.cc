#include "modules/vit3d/patches.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/argsort.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/reciprocal.h>
#include <ATen/ops/upsample_trilinear3d.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

namespace asap {

namespace {

// A view [B, h, w, d, p, q, r] of the volumes as a grid of patches.
at::Tensor Grid(const at::Tensor& volumes, const Size3& patch) {
  // The batch's size is nowhere a number here, so that a trace of this (tools:export) takes any.
  const int64_t h = volumes.size(2) / patch[0], w = volumes.size(3) / patch[1], d = volumes.size(4) / patch[2];
  return volumes.select(1, 0)
      .unflatten(1, {h, patch[0]})
      .unflatten(3, {w, patch[1]})
      .unflatten(5, {d, patch[2]})
      .permute({0, 1, 3, 5, 2, 4, 6});
}

}  // namespace

at::Tensor Patchify(const at::Tensor& volumes, const Size3& patch) { return Grid(volumes, patch).flatten(4).flatten(1, 3); }

at::Tensor GatherPatches(const at::Tensor& volumes, const Size3& patch, const at::Tensor& which) {
  const at::Tensor grid = Grid(volumes, patch);
  const int64_t w = grid.size(2), d = grid.size(3);
  const at::Tensor sample = at::arange(grid.size(0), which.options()).unsqueeze(1);
  return grid.index({sample, which.div(w * d, "floor"), which.div(d, "floor").remainder(w), which.remainder(d)}).flatten(2);
}

at::Tensor Unpatchify(const at::Tensor& patches, const Size3& grid, const Size3& patch) {
  const int64_t batch = patches.size(0);
  return patches.reshape({batch, grid[0], grid[1], grid[2], patch[0], patch[1], patch[2]})
      .permute({0, 1, 4, 2, 5, 3, 6})
      .reshape({batch, 1, grid[0] * patch[0], grid[1] * patch[1], grid[2] * patch[2]});
}

int64_t VisiblePatches(int64_t patches, double mask_ratio) {
  return std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(patches) * (1 - mask_ratio)));
}

Masking MaskByNoise(const at::Tensor& noise, int64_t visible) {
  Masking masking;
  masking.shuffle = at::argsort(noise, /*stable=*/true, /*dim=*/1, /*descending=*/false);
  const at::Tensor places = at::arange(noise.size(1), masking.shuffle.options()).expand_as(masking.shuffle);
  masking.restore = at::empty_like(masking.shuffle).scatter_(1, masking.shuffle, places);  // the inverse permutation
  masking.visible = visible;
  return masking;
}

namespace {

// at::gather, which keeps x for the backward pass, although only its size is needed.
class GatherFunction : public torch::autograd::Function<GatherFunction> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& index) {
    context->save_for_backward({index});
    context->saved_data["size"] = x.sizes().vec();
    return at::gather(x, 1, index);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list upstream) {
    const at::Tensor gradient = at::zeros(context->saved_data["size"].toIntVector(), upstream[0].options());
    return {gradient.scatter_add_(1, context->get_saved_variables()[0], upstream[0]), at::Tensor()};
  }
};

}  // namespace

at::Tensor GatherRows(const at::Tensor& x, const at::Tensor& index) {
  const at::Tensor elements = index.unsqueeze(-1).expand({-1, -1, x.size(2)});
  return x.requires_grad() ? GatherFunction::apply(x, elements) : at::gather(x, 1, elements);
}

at::Tensor SinCosTable(const Size3& grid, int64_t width) {
  // The order of float32 operations is the published one, so that the table is equal to the last bit.
  const int64_t frequencies = width / 6;
  const at::Tensor exponent = at::arange(frequencies, at::kFloat) / static_cast<double>(frequencies);
  const at::Tensor omega = at::reciprocal(at::pow(at::Scalar(10000.0), exponent));
  at::Tensor table = at::empty({grid[0], grid[1], grid[2], 6, frequencies}, at::kFloat);
  for (int64_t axis = 0; axis < 3; ++axis) {
    const at::Tensor angle = at::arange(grid[axis], at::kFloat).unsqueeze(1) * omega.unsqueeze(0);
    std::array<int64_t, 4> shape = {1, 1, 1, frequencies};
    shape[axis] = grid[axis];
    table.select(3, 2 * axis).copy_(angle.sin().view(shape).expand({grid[0], grid[1], grid[2], frequencies}));
    table.select(3, 2 * axis + 1).copy_(angle.cos().view(shape).expand({grid[0], grid[1], grid[2], frequencies}));
  }
  return at::cat({at::zeros({1, width}), table.view({-1, width})});
}

at::Tensor ResizePositions(const at::Tensor& table, const Size3& from, const Size3& to) {
  if (from == to) return table;
  const int64_t tokens = table.size(0) - from[0] * from[1] * from[2];  // before the patches: the class token, or none
  const at::Tensor places = table.slice(0, tokens).t().reshape({1, table.size(1), from[0], from[1], from[2]});
  const at::Tensor resized = at::upsample_trilinear3d(places, to, /*align_corners=*/false);
  return at::cat({table.slice(0, 0, tokens), resized.flatten(2)[0].t()});
}

}  // namespace asap
