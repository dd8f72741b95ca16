#include "tasks/testing/coarse_encoder.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>

namespace asap {

CoarseEncoder::CoarseEncoder() {
  spec_.name = "coarse";
  spec_.volume = {32, 32, 32};
  spec_.patch = {16, 16, 16};
  spec_.width = 7;
  spec_.depth = 1;
  spec_.spacing_mm = {10.5, 10.5, 10.5};
}

absl::StatusOr<EncoderOutput> CoarseEncoder::Encode(const at::Tensor& volumes, const EncodeOptions&) {
  const int64_t batch = volumes.size(0);
  // [B, patches, voxels of a patch]
  const at::Tensor patches =
      volumes.view({batch, 2, 16, 2, 16, 2, 16}).permute({0, 1, 3, 5, 2, 4, 6}).reshape({batch, 8, 16 * 16 * 16});
  const at::Tensor tokens =
      at::stack({patches.mean(2), patches.std(2), patches.amin(2), patches.amax(2), patches.lt(-0.7).to(at::kFloat).mean(2),
                 patches.gt(-0.1).to(at::kFloat).mean(2), patches.gt(0.15).to(at::kFloat).mean(2)},
                2);
  EncoderOutput output;
  output.class_token = tokens.amax(1);
  output.patch_tokens = tokens;
  output.intermediates.push_back(at::cat({output.class_token.unsqueeze(1), tokens}, 1));
  return output;
}

}  // namespace asap
