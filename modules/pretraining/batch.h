// What a step of pre-training reads: volumes, masks and tokenised reports of B cases.
#ifndef ASAP_MODULES_PRETRAINING_BATCH_H_
#define ASAP_MODULES_PRETRAINING_BATCH_H_

#include <ATen/core/TensorBody.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/loss.h"
#include "core/training_batch.h"

namespace asap {

// What the host must know of a batch's texts before it can queue a step's work. Computed where the texts still lie on the CPU, so
// that no step waits for a device to tell it.
struct TextFacts {
  int64_t findings_length = 0;  // tokens of the longest text of the batch
  int64_t report_length = 0;
  int64_t sentences = 0;  // the highest sentence number beyond token 0
  int64_t least_sentence = 0, most_sentence = 0;
  int64_t least_token = 0, most_token = 0;    // over all ids
  at::Tensor findings_ids, findings_lengths;  // [B, T], [B] int64: on the CPU also where the batch is not; undefined for none
  // [M] int64: places of report_masked_ids, flattened, where a real token is masked. It moves to the device with the batch.
  at::Tensor masked_places;
};

// H, W, D: voxels along the axes Right, Anterior, Superior. L: patches. T: tokens. All tensors are contiguous; B >= 1 always
// stands.
struct Batch final : TrainingBatch {
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
  // DescribeTexts of the above; whoever changes the texts drops it. Without it a model looks at the texts where they lie.
  std::optional<TextFacts> facts;

  int64_t size() const { return static_cast<int64_t>(case_ids.size()); }
  // All tensors but the masks.
  std::vector<at::Tensor*> DeviceTensors() override;
};

// The batch of a step of pre-training. Throws std::bad_cast for one of another kind: AsapModel::Forward, and whoever else lets
// losses of pre-training run, has looked before.
inline const Batch& BatchOf(const StepState& state) { return dynamic_cast<const Batch&>(state.batch()); }

// Texts may be undefined: their facts are then 0. Waits for the device if they are on one.
TextFacts DescribeTexts(const Batch& batch);

}  // namespace asap

#endif  // ASAP_MODULES_PRETRAINING_BATCH_H_
