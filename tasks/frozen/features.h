// The features that heads read.
#ifndef ASAP_TASKS_FROZEN_FEATURES_H_
#define ASAP_TASKS_FROZEN_FEATURES_H_

#include <ATen/core/TensorBody.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/benchmark/measured_encoder.h"
#include "core/dataset.h"
#include "core/task.h"

namespace asap {

class FeatureMaker {
 public:
  // Both must outlive it.
  FeatureMaker(MeasuredEncoder& encoder, const TaskContext& context) : encoder_(encoder), context_(context) {}

  // [cases, poolings, C], each normalised over its width (NormalisedFeature). `stage` is what progress is told.
  absl::StatusOr<at::Tensor> Of(const Dataset& dataset, const std::vector<int64_t>& cases, const FeatureView& view,
                                const std::string& stage) const;

  // [V, cases, poolings, C]: the centre crop, or that many augmented copies.
  absl::StatusOr<at::Tensor> Copies(const Dataset& dataset, const std::vector<int64_t>& cases, FeatureView view,
                                    int64_t copies) const;

 private:
  MeasuredEncoder& encoder_;
  const TaskContext& context_;
};

// Features brought to zero mean and about unit deviation over the training cases, so that one grid of learning rates serves
// encoders of any scale. Left alone where it is empty.
struct FeatureScale {
  at::Tensor mean, deviation;  // [C]

  // The scale of training features [..., C]. Deviations over few cases are uncertain, and some channels hardly vary: a tenth of
  // the mean deviation is added to each.
  static FeatureScale Of(const at::Tensor& train);
  at::Tensor operator()(const at::Tensor& features) const;
};

}  // namespace asap

#endif  // ASAP_TASKS_FROZEN_FEATURES_H_
