#include "modules/anatomy_injection/anatomy_injection.h"

#include <ATen/Parallel.h>

#include <atomic>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "modules/layers/init.h"

#ifndef INTRA_OP_PARALLEL
#error "at::parallel_for would run on one thread: compile with PARALLEL_FOR_COPTS of third_party/libtorch"
#endif

namespace asap {

AnatomyHead::AnatomyHead(int64_t width, int64_t classes, uint64_t seed)
    : first_(register_module("decoder_injection_pred_layer_0", std::make_shared<Linear>(width, classes))),
      norm_(register_module("decoder_injection_pred_norm", std::make_shared<LayerNorm>(classes, kVitEpsilon))) {
  second_ = register_module("decoder_injection_pred_layer_1", std::make_shared<Linear>(classes, classes));
  InitialiseParameters(*this, seed);
}

at::Tensor AnatomyHead::forward(const at::Tensor& tokens) const {
  return second_->forward(at::relu(norm_->forward(first_->forward(tokens))));
}

absl::StatusOr<at::Tensor> LabelHistogram(const at::Tensor& masks, const std::array<int64_t, 3>& patch, int64_t classes) {
  if (!masks.defined() || masks.scalar_type() != at::kByte || !masks.is_cpu() || masks.dim() != 5 || masks.size(1) != 1) {
    return absl::InvalidArgumentError("masks: expected uint8 [B, 1, H, W, D] on the CPU");
  }
  const at::Tensor volume = masks.contiguous();
  const int64_t size_h = volume.size(2), size_w = volume.size(3), size_d = volume.size(4);
  if (size_h % patch[0] != 0 || size_w % patch[1] != 0 || size_d % patch[2] != 0) {
    return absl::InvalidArgumentError(absl::StrCat("masks of ", absl::StrJoin(volume.sizes().slice(2), "x"),
                                                   " voxels are not a whole number of patches ", absl::StrJoin(patch, "x")));
  }
  const int64_t grid_h = size_h / patch[0], grid_w = size_w / patch[1], grid_d = size_d / patch[2];
  at::Tensor counts = at::zeros({volume.size(0), grid_h * grid_w * grid_d, classes}, at::kInt);
  const uint8_t* voxels = volume.data_ptr<uint8_t>();
  int32_t* out = counts.data_ptr<int32_t>();
  std::atomic<int> worst{0};
  // One slab of patches at a time: its counts are written by one thread, and its voxels are read in memory order.
  at::parallel_for(0, volume.size(0) * grid_h, 1, [&](int64_t begin, int64_t end) {
    for (int64_t slab = begin; slab < end; ++slab) {
      int32_t* slab_counts = out + slab * grid_w * grid_d * classes;
      for (int64_t row = 0; row < patch[0] * size_w; ++row) {
        const int64_t h = slab * patch[0] + row / size_w, w = row % size_w;  // h runs over the batch as well
        const uint8_t* line = voxels + (h * size_w + w) * size_d;
        int32_t* line_counts = slab_counts + (w / patch[1]) * grid_d * classes;
        for (int64_t d = 0; d < grid_d; ++d, line_counts += classes) {
          for (int64_t i = 0; i < patch[2]; ++i) {
            const uint8_t label = *line++;
            if (label >= classes) {
              worst = label;
              continue;
            }
            ++line_counts[label];
          }
        }
      }
    }
  });
  if (worst != 0) {
    return absl::InvalidArgumentError(absl::StrCat("a mask has the label ", worst.load(), ", expected 0 ... ", classes - 1,
                                                   "; map its labels to the anatomy classes first"));
  }
  return counts;
}

at::Tensor AnatomyLoss(const at::Tensor& logits, const at::Tensor& counts, const at::Tensor& has_mask) {
  const at::Tensor wide = AtLeastFloat(logits);
  const at::Tensor target = counts.to(wide.options());
  const at::Tensor share = target / target.sum(-1, /*keepdim=*/true).clamp_min(1);
  const at::Tensor per_case =
      at::binary_cross_entropy_with_logits(wide, share, /*weight=*/{}, /*pos_weight=*/{}, at::Reduction::None).mean({1, 2});
  return (per_case * has_mask.to(per_case.options())).mean();
}

}  // namespace asap
