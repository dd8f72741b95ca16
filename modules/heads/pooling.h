// A volume's tokens as one frozen feature. x: outputs [B, 1 + N, C] of a block, class token first, as
// EncoderOutput::intermediates gives them.
//
//   Encode(volumes, {.intermediate_blocks = {spec.depth - 1}});
//   features = MeanPatchFeature(output.intermediates[0]);  // [B, C]
#ifndef ASAP_MODULES_HEADS_POOLING_H_
#define ASAP_MODULES_HEADS_POOLING_H_

#include <ATen/core/TensorBody.h>

namespace asap {

// Normalised over its width, epsilon 1e-6, without weight and bias: what the published probes read. [B, C] -> [B, C].
at::Tensor NormalisedFeature(const at::Tensor& pooled);

// The normalised mean of the patch tokens: the published feature, of the last block before its norm.
at::Tensor MeanPatchFeature(const at::Tensor& x);

// The normalised class token.
at::Tensor ClassTokenFeature(const at::Tensor& x);

}  // namespace asap

#endif  // ASAP_MODULES_HEADS_POOLING_H_
