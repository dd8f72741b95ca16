#include "tools/probe/features.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <string>

#include "core/base/status.h"
#include "core/imaging/augment.h"

namespace asap {

absl::StatusOr<at::Tensor> MeanPooledFeatures(Encoder& encoder, const Dataset& dataset, const std::vector<int64_t>& cases,
                                              int64_t batch) {
  const c10::NoGradGuard no_grad;
  const EncoderSpec& spec = encoder.spec();
  AugmentOptions crop;
  crop.roi = spec.volume;
  crop.hu_min = spec.hu_min;
  crop.hu_max = spec.hu_max;
  const int64_t voxels = spec.volume[0] * spec.volume[1] * spec.volume[2];
  std::vector<at::Tensor> features;
  for (size_t begin = 0; begin < cases.size(); begin += batch) {
    const int64_t count = std::min<int64_t>(batch, cases.size() - begin);
    at::Tensor volumes = at::empty({count, 1, spec.volume[0], spec.volume[1], spec.volume[2]}, at::kFloat);
    for (int64_t i = 0; i < count; ++i) {
      const int64_t index = cases[begin + i];
      const std::string id = dataset.Info(index).id;
      auto source = dataset.Volume(index);
      if (!source.ok()) return Annotate(source.status(), id);
      const AugmentPlan plan = CenterCropPlan((*source)->geometry().size, crop);
      const absl::Span<float> out(volumes.data_ptr<float>() + i * voxels, voxels);
      ASAP_RETURN_IF_ERROR(Annotate(ReadImage(**source, plan, crop, out), id));
    }
    ASAP_ASSIGN_OR_RETURN(const EncoderOutput output, encoder.Encode(volumes, {}));
    features.push_back(output.patch_tokens.mean(1));
  }
  if (features.empty()) return absl::InvalidArgumentError("no case to encode: the split is empty");
  return at::cat(features);
}

absl::StatusOr<at::Tensor> LabelMatrix(const Dataset& dataset, const std::vector<int64_t>& cases) {
  const std::vector<std::string>& names = dataset.card().label_names;
  at::Tensor matrix = at::full({static_cast<int64_t>(cases.size()), static_cast<int64_t>(names.size())},
                               std::numeric_limits<double>::quiet_NaN(), at::kDouble);
  auto view = matrix.accessor<double, 2>();
  for (size_t row = 0; row < cases.size(); ++row) {
    absl::StatusOr<std::map<std::string, double>> labels = dataset.Labels(cases[row]);
    if (!labels.ok()) return Annotate(labels.status(), dataset.Info(cases[row]).id);
    for (size_t column = 0; column < names.size(); ++column) {
      if (const auto found = labels->find(names[column]); found != labels->end()) view[row][column] = found->second;
    }
  }
  return matrix;
}

}  // namespace asap
