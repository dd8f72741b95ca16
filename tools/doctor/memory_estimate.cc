#include "tools/doctor/memory_estimate.h"

#include <algorithm>

namespace asap {
namespace {

// What autograd keeps of one pre-norm block for one token, in units of its width C: the input and the normalised input of both
// norms (4), queries, keys and values (3), the attention's output (1), and the hidden layer before and after its GELU, each
// `hidden` wide in units of C.
double KeptPerToken(double hidden) { return 8 + 2 * hidden; }

}  // namespace

MemoryEstimate EstimateMemory(const AsapConfig& config, int64_t trained, int64_t frozen, int64_t batch_size, bool bf16) {
  const double batch = static_cast<double>(batch_size);
  const double patches = static_cast<double>(config.patches());
  const double visible = patches * (1 - config.mask_ratio);
  const double patch_voxels = static_cast<double>(config.patch[0] * config.patch[1] * config.patch[2]);
  const double text = static_cast<double>(config.text_length), width = static_cast<double>(config.width);
  const double vocabulary = static_cast<double>(config.text.vocabulary);

  double values = 0;  // numbers kept for the backward pass
  values += visible * width * KeptPerToken(4) * static_cast<double>(config.depth);
  if (config.HasLoss("image") || config.HasLoss("injection")) {
    values += patches * static_cast<double>(config.decoder_width) * KeptPerToken(4) * static_cast<double>(config.decoder_depth);
  }
  if (config.HasLoss("image")) values += 3 * (patches - visible) * patch_voxels;
  const double text_width = static_cast<double>(config.text.width);
  const double text_kept = KeptPerToken(static_cast<double>(config.text.intermediate) / text_width);
  if (config.ReadsText() && config.text.trainable) {
    values += 2 * text * text_width * text_kept * static_cast<double>(config.text.layers);
  } else if (config.ReadsText()) {
    values += text * text_width * text_kept;  // one layer at a time
  }
  if (config.HasLoss("report")) {
    const double hidden = static_cast<double>(config.report.intermediate) / width;
    values += text * width * KeptPerToken(hidden) * static_cast<double>(config.report.layers + 2);
    // Logits, their log-softmax and their gradient, over the tokens that the loss reads.
    values += 3 * vocabulary * text * (config.masked_tokens_only ? 0.75 * 0.6 : 1.0);
  }
  MemoryEstimate estimate;
  estimate.weights = 4 * (trained + frozen);
  estimate.optimiser = 12 * trained;
  estimate.activations = static_cast<int64_t>(batch * values * (bf16 ? 2.6 : 4));
  const double voxels = patches * patch_voxels;
  estimate.batch = static_cast<int64_t>(2 * batch * voxels * 5 + batch * voxels * 4);  // float32 and uint8; patchified once more
  return estimate;
}

}  // namespace asap
