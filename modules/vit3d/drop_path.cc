#include "modules/vit3d/drop_path.h"

#include <ATen/ops/linspace.h>
#include <ATen/ops/zeros.h>

#include "core/base/random.h"

namespace asap {

at::Tensor DropPathRates(double rate, int64_t depth) { return at::linspace(0, rate, depth, at::kFloat); }

at::Tensor DropPathScales(double rate, int64_t depth, int64_t batch, uint64_t seed) {
  const at::Tensor rates = DropPathRates(rate, depth);
  at::Tensor scales = at::zeros({depth, 2, batch}, at::kDouble);
  double* scale = scales.mutable_data_ptr<double>();
  for (int64_t i = 0; i < depth; ++i) {
    const double dropped = rates.const_data_ptr<float>()[i];
    for (int64_t branch = 0; branch < 2; ++branch) {
      for (int64_t b = 0; b < batch; ++b) {
        CounterRng rng(seed + static_cast<uint64_t>(b), "drop path", i, branch);
        *scale++ = rng.Bernoulli(dropped) ? 0.0 : 1.0 / (1.0 - dropped);
      }
    }
  }
  return scales;
}

}  // namespace asap
