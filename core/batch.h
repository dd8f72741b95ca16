// What a step of pre-training reads: volumes, masks and tokenised reports of B cases.
#ifndef ASAP_CORE_BATCH_H_
#define ASAP_CORE_BATCH_H_

#include <ATen/ATen.h>

#include <string>
#include <vector>

namespace asap {

// H, W, D: voxels along the axes Right, Anterior, Superior. L: patches. T: tokens. All tensors are contiguous; B >= 1 always
// stands.
struct Batch {
  std::vector<std::string> case_ids;  // B

  at::Tensor volumes;      // [B, 1, H, W, D] float32, HU window scaled to [-1, 1] (intensity shift may leave it by 0.1)
  at::Tensor masks;        // [B, 1, H, W, D] uint8 labels, on the CPU; all zero where has_mask is false
  at::Tensor has_mask;     // [B] bool
  at::Tensor patch_noise;  // [B, L] float32 in [0, 1): the patches of the lowest noise stay visible

  at::Tensor findings_ids;        // [B, T] int64
  at::Tensor findings_attention;  // [B, T] int64: 1 token, 0 padding
  at::Tensor findings_sentence;   // [B, T] int64: 1, 2, ... sentence number; 0 outside closed sentences and on padding
  at::Tensor report_ids;          // [B, T] int64: findings and impression, the labels of the language loss
  at::Tensor report_attention;    // [B, T] int64
  at::Tensor report_masked_ids;   // [B, T] int64: report_ids with masked tokens replaced, the input of the language model
  int64_t mask_token = 4;         // id of [MASK] in report_masked_ids

  int64_t size() const { return static_cast<int64_t>(case_ids.size()); }
};

}  // namespace asap

#endif  // ASAP_CORE_BATCH_H_
