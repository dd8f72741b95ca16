// A task of classes that exclude each other, on frozen features: a linear head, cross-entropy, accuracy.
#ifndef ASAP_TASKS_CLASSIFICATION_CLASS_TASK_H_
#define ASAP_TASKS_CLASSIFICATION_CLASS_TASK_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tasks/frozen/frozen_task.h"

namespace asap {

// The dataset's one label is the number of the class.
class ClassTask : public FrozenTask {
 public:
  explicit ClassTask(FrozenSpec spec) : FrozenTask(std::move(spec)) {}
  std::vector<Score> Scores(const Cohort& cohort) const override;
  void Show(const ShownTask& shown, PageSection& section) const override;

 protected:
  HeadOptions Head(int64_t width, Protocol protocol) const override;
  absl::Status SetTargets(const at::Tensor& labels, HeadProblem& problem) const override;
  std::optional<double> ValidationScore(const at::Tensor& logits, const at::Tensor& labels, Protocol protocol) const override;
  void SetPaperRules(HeadTraining& training) const override;
  std::map<std::string, double> CaseScores(const at::Tensor& logits, Protocol protocol) const override;
  std::map<std::string, double> CaseTruth(const std::vector<double>& labels) const override;
};

}  // namespace asap

#endif  // ASAP_TASKS_CLASSIFICATION_CLASS_TASK_H_
