#include "core/testing/encoder/synthetic_volumes.h"

#include <ATen/ops/zeros.h>

#include <algorithm>
#include <vector>

#include "core/base/random.h"

namespace asap {
namespace {

void FillImage(const EncoderSpec& spec, CounterRng rng, at::Tensor volume, at::Tensor mask) {
  float* voxels = volume.data_ptr<float>();
  for (int64_t i = 0; i < volume.numel(); ++i) voxels[i] = static_cast<float>(rng.Uniform(-0.6, -0.2));
  for (int64_t label = 1; label < 9; ++label) {
    at::Tensor box = volume[0], labels = mask[0];
    for (int axis = 0; axis < 3; ++axis) {
      const int64_t size = std::max<int64_t>(1, spec.volume[axis] / 4), start = rng.UniformInt(0, spec.volume[axis] - size);
      box = box.narrow(axis, start, size);
      labels = labels.narrow(axis, start, size);
    }
    box.add_(0.1 * static_cast<double>(label));
    labels.fill_(label);
  }
}

}  // namespace

at::Tensor SyntheticVolumes(const EncoderSpec& spec, int64_t cases, uint64_t seed, at::Tensor* labels) {
  const std::vector<int64_t> shape = {cases, 1, spec.volume[0], spec.volume[1], spec.volume[2]};
  at::Tensor volumes = at::zeros(shape, at::kFloat), boxes = at::zeros(shape, at::kByte);
  for (int64_t i = 0; i < cases; ++i) FillImage(spec, CounterRng(seed, "image", i), volumes[i], boxes[i]);
  if (labels != nullptr) *labels = boxes;
  return volumes;
}

}  // namespace asap
