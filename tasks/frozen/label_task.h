// A task of yes/no labels on frozen features: a linear head, binary cross-entropy, mean AUROC.
#ifndef ASAP_TASKS_FROZEN_LABEL_TASK_H_
#define ASAP_TASKS_FROZEN_LABEL_TASK_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tasks/frozen/frozen_task.h"

namespace asap {

// Where the published heads of classification and of severity differ.
struct LabelRules {
  bool severity_head = false;       // biases start at random, and it has another name in files
  bool start_epoch_counts = false;  // the first evaluation is at the start epoch, not after it
};

class LabelTask : public FrozenTask {
 public:
  explicit LabelTask(FrozenSpec spec, LabelRules rules = {}) : FrozenTask(std::move(spec)), rules_(rules) {}
  std::vector<Score> Scores(const Cohort& cohort) const override;
  void Show(const ShownTask& shown, PageSection& section) const override;

 protected:
  HeadOptions Head(int64_t width, Protocol protocol) const override;
  absl::Status SetTargets(const at::Tensor& labels, HeadProblem& problem) const override;
  std::optional<double> ValidationScore(const at::Tensor& logits, const at::Tensor& labels, Protocol protocol) const override;
  void SetPaperRules(HeadTraining& training) const override;
  std::map<std::string, double> CaseScores(const at::Tensor& logits, Protocol protocol) const override;
  std::map<std::string, double> CaseTruth(const std::vector<double>& labels) const override;

 private:
  // The labels as the cohort has them: an external dataset has labels of its own.
  std::vector<std::string> LabelsOn(const Cohort& cohort) const;

  const LabelRules rules_;
};

// The mean over columns of the AUROC of scores [M, K] for labels [M, K], NaN where unknown; columns without both outcomes are
// left out. nullopt where all are.
std::optional<double> MeanAuroc(const at::Tensor& scores, const at::Tensor& labels);

}  // namespace asap

#endif  // ASAP_TASKS_FROZEN_LABEL_TASK_H_
