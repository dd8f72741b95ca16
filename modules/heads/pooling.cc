#include "modules/heads/pooling.h"

#include <ATen/ops/layer_norm.h>

namespace asap {

at::Tensor NormalisedFeature(const at::Tensor& pooled) {
  return at::layer_norm(pooled, {pooled.size(-1)}, /*weight=*/{}, /*bias=*/{}, /*eps=*/1e-6);
}

at::Tensor MeanPatchFeature(const at::Tensor& x) { return NormalisedFeature(x.slice(1, 1).mean(1)); }

at::Tensor ClassTokenFeature(const at::Tensor& x) { return NormalisedFeature(x.select(1, 0)); }

}  // namespace asap
