#include "core/benchmark/case_volumes.h"

#include <ATen/ops/empty.h>

#include <memory>
#include <string>

#include "core/base/random.h"
#include "core/base/status.h"
#include "core/imaging/augment.h"

namespace asap {
namespace {

constexpr double kNoiseProbability = 0.2, kMostNoise = 0.1;

void AddNoise(CounterRng& rng, absl::Span<float> image) {
  if (!rng.Bernoulli(kNoiseProbability)) return;
  const double deviation = rng.Uniform(0, kMostNoise);
  for (float& value : image) value += static_cast<float>(deviation * rng.Normal());
}

}  // namespace

absl::StatusOr<at::Tensor> CaseVolumes(const Dataset& dataset, absl::Span<const int64_t> cases, const EncoderSpec& spec,
                                       const FeatureView& view) {
  AugmentOptions options;
  options.roi = spec.volume;
  options.hu_min = view.window[0];
  options.hu_max = view.window[1];
  const int64_t voxels = spec.volume[0] * spec.volume[1] * spec.volume[2];
  at::Tensor volumes =
      at::empty({static_cast<int64_t>(cases.size()), 1, spec.volume[0], spec.volume[1], spec.volume[2]}, at::kFloat);
  for (size_t i = 0; i < cases.size(); ++i) {
    const std::string id = dataset.Info(cases[i]).id;
    absl::StatusOr<std::unique_ptr<VoxelSource>> source = dataset.Volume(cases[i]);
    if (!source.ok()) return Annotate(source.status(), id);
    // Of the case's name, so that a copy does not depend on which other cases a dataset lists.
    CounterRng rng(view.seed, "benchmark view", Fnv1a64(id), static_cast<uint64_t>(view.augmented));
    const absl::Span<float> image(volumes.data_ptr<float>() + i * voxels, voxels);
    const absl::StatusOr<AugmentPlan> plan = ReadNetworkInput(**source, options, view.augmented < 0 ? nullptr : &rng, image);
    if (!plan.ok()) return Annotate(plan.status(), id);
    if (view.augmented >= 0 && view.noise) AddNoise(rng, image);
  }
  return volumes;
}

}  // namespace asap
