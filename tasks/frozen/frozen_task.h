// A task that trains a head on frozen features: what classification and prognosis share.
//
// A run gathers splits and labels, takes the features of the cases that it needs, trains heads, chooses one on the validation
// cases, and scores the test cases and those of external datasets, as columns "score/NAME" and "truth/NAME". Under the strict
// protocol a small grid of learning rates, decays and poolings is trained in one pass on cached features, standardised over the
// training cases; under the paper's, one head with the published hyper-parameters on the published feature, augmented anew in
// every epoch unless the parameter frozen.views says how many copies to reuse.
#ifndef ASAP_TASKS_FROZEN_FROZEN_TASK_H_
#define ASAP_TASKS_FROZEN_FROZEN_TASK_H_

#include <ATen/core/TensorBody.h>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/benchmark/measured_encoder.h"
#include "core/io/tensor.h"
#include "core/task.h"
#include "modules/heads/head_options.h"
#include "modules/heads/train_heads.h"
#include "tasks/cohort/cohort.h"
#include "tasks/frozen/features.h"
#include "tasks/frozen/frozen_spec.h"

namespace asap {

class FrozenTask : public Task {
 public:
  explicit FrozenTask(FrozenSpec spec);
  const TaskSpec& spec() const override { return spec_.task; }
  absl::StatusOr<TaskResult> Run(MeasuredEncoder& encoder, const TaskContext& context) const override;

 protected:
  // The head on features of that width.
  virtual HeadOptions Head(int64_t width, Protocol protocol) const = 0;
  // Whether a case with these labels can be trained on: by default, where all are known.
  virtual bool Usable(const std::vector<double>& labels) const;
  // Fills the problem's targets from labels [N, CohortSpec::labels] float64 of cases that are usable.
  virtual absl::Status SetTargets(const at::Tensor& labels, HeadProblem& problem) const = 0;
  // What heads are chosen by: higher is better. Logits [M, K] float32 and labels [M, CohortSpec::labels] float64, NaN where
  // unknown.
  virtual std::optional<double> ValidationScore(const at::Tensor& logits, const at::Tensor& labels, Protocol protocol) const = 0;
  // Where the published code's training differs from case to case.
  virtual void SetPaperRules(HeadTraining& training) const = 0;
  // What columns hold of one case: scores by name from its logits [K], truth by name from its labels.
  virtual std::map<std::string, double> CaseScores(const at::Tensor& logits, Protocol protocol) const = 0;
  virtual std::map<std::string, double> CaseTruth(const std::vector<double>& labels) const = 0;

  const FrozenSpec spec_;

 private:
  // A head that was chosen, and what it reads.
  struct Probe {
    HeadOptions head;
    NamedTensors weights;
    int64_t pooling = 0;
    FeatureScale scale;
    std::array<double, 2> window;  // intensities of its training
  };

  PaperTraining Published(double fraction) const;
  absl::StatusOr<Probe> Fit(const Dataset& dataset, const TaskCohort& cohort, MeasuredEncoder& encoder,
                            const FeatureMaker& features, const TaskContext& context, TaskResult& result) const;
  absl::StatusOr<Cohort> ScoreCases(const Dataset& dataset, const std::vector<int64_t>& cases, const Probe& probe,
                                    const FeatureView& view, const FeatureMaker& features, const TaskContext& context,
                                    const std::string& stage) const;
  absl::Status Validate(const ExternalCohort& external, const Probe& probe, const FeatureMaker& features,
                        const TaskContext& context, TaskResult& result) const;
};

}  // namespace asap

#endif  // ASAP_TASKS_FROZEN_FROZEN_TASK_H_
