#include "tasks/frozen/features.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "modules/heads/pooling.h"

namespace asap {

absl::StatusOr<at::Tensor> FeatureMaker::Of(const Dataset& dataset, const std::vector<int64_t>& cases, const FeatureView& view,
                                            const std::string& stage) const {
  const int64_t total = static_cast<int64_t>(cases.size());
  ASAP_ASSIGN_OR_RETURN(const at::Tensor features, encoder_.Features(dataset, cases, view, [&](int64_t done) {
    return context_.progress == nullptr || context_.progress(stage, done, total);
  }));
  return NormalisedFeature(features.flatten(0, 1)).view_as(features);
}

absl::StatusOr<at::Tensor> FeatureMaker::Copies(const Dataset& dataset, const std::vector<int64_t>& cases, FeatureView view,
                                                int64_t copies) const {
  std::vector<at::Tensor> all;
  for (int64_t copy = 0; copy < std::max<int64_t>(copies, 1); ++copy) {
    view.augmented = copies == 0 ? -1 : copy;
    const std::string stage =
        copies == 0 ? "encoding training cases" : absl::StrCat("encoding training copy ", copy + 1, " of ", copies);
    ASAP_ASSIGN_OR_RETURN(const at::Tensor features, Of(dataset, cases, view, stage));
    all.push_back(features);
  }
  return at::stack(all);
}

FeatureScale FeatureScale::Of(const at::Tensor& train) {
  const at::Tensor rows = train.reshape({-1, train.size(-1)});
  FeatureScale scale{rows.mean(0), rows.std(0, /*unbiased=*/false)};
  scale.deviation = scale.deviation + 0.1 * scale.deviation.mean() + 1e-6;
  return scale;
}

at::Tensor FeatureScale::operator()(const at::Tensor& features) const {
  return mean.defined() ? (features - mean) / deviation : features;
}

}  // namespace asap
