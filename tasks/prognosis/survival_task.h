// A task of survival on frozen features: hazards of a few horizons by a head with one hidden layer, C-index.
//
//   REGISTER_TASK("prognosis/inspect", [] { return std::make_unique<SurvivalTask>(FrozenSpec{...}); });
//
// The dataset's labels are flags "the event has happened by the end of horizon j", as of death within 1, 6 and 12 months; one
// that is unknown says that the case was lost before.
#ifndef ASAP_TASKS_PROGNOSIS_SURVIVAL_TASK_H_
#define ASAP_TASKS_PROGNOSIS_SURVIVAL_TASK_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tasks/frozen/frozen_task.h"

namespace asap {

// When, and whether, the event was seen.
struct SurvivalOutcome {
  int64_t interval = 0;  // the horizon that it fell within; without one, the last horizon that was seen through
  bool event = false;
};
// nullopt where nothing is known of the first horizon.
std::optional<SurvivalOutcome> OutcomeOf(const std::vector<double>& flags);

class SurvivalTask : public FrozenTask {
 public:
  explicit SurvivalTask(FrozenSpec spec) : FrozenTask(std::move(spec)) {}
  std::vector<Score> Scores(const Cohort& cohort) const override;
  void Show(const ShownTask& shown, PageSection& section) const override;

 protected:
  HeadOptions Head(int64_t width, Protocol protocol) const override;
  bool Usable(const std::vector<double>& labels) const override { return OutcomeOf(labels).has_value(); }
  absl::Status SetTargets(const at::Tensor& labels, HeadProblem& problem) const override;
  // Mean AUROC of the flags as published; otherwise the C-index.
  std::optional<double> ValidationScore(const at::Tensor& logits, const at::Tensor& labels, Protocol protocol) const override;
  void SetPaperRules(HeadTraining& training) const override;
  std::map<std::string, double> CaseScores(const at::Tensor& logits, Protocol protocol) const override;
  std::map<std::string, double> CaseTruth(const std::vector<double>& labels) const override;
};

}  // namespace asap

#endif  // ASAP_TASKS_PROGNOSIS_SURVIVAL_TASK_H_
