#include "tasks/prognosis/survival_task.h"

#include <ATen/ops/tensor.h>

#include <cmath>
#include <memory>

#include "core/metrics/cindex.h"
#include "modules/heads/head.h"
#include "tasks/frozen/label_task.h"
#include "tasks/prognosis/columns.h"
#include "tasks/prognosis/scores.h"
#include "tasks/prognosis/section.h"

namespace asap {
namespace {

std::vector<double> Row(const at::Tensor& labels, int64_t row) {
  const at::Tensor values = labels[row].to(at::kDouble).contiguous();
  return {values.data_ptr<double>(), values.data_ptr<double>() + values.numel()};
}

}  // namespace

std::optional<SurvivalOutcome> OutcomeOf(const std::vector<double>& flags) {
  std::optional<SurvivalOutcome> outcome;
  for (size_t j = 0; j < flags.size(); ++j) {
    if (std::isnan(flags[j])) return outcome;
    outcome = {.interval = static_cast<int64_t>(j), .event = flags[j] > 0.5};
    if (outcome->event) return outcome;
  }
  return outcome;
}

HeadOptions SurvivalTask::Head(int64_t width, Protocol protocol) const {
  return SurvivalHead(width, static_cast<int64_t>(spec_.task.labels.size()), protocol == Protocol::kPaper);
}

absl::Status SurvivalTask::SetTargets(const at::Tensor& labels, HeadProblem& problem) const {
  std::vector<int64_t> intervals, events;
  for (int64_t row = 0; row < labels.size(0); ++row) {
    const SurvivalOutcome outcome = *OutcomeOf(Row(labels, row));
    intervals.push_back(outcome.interval);
    events.push_back(outcome.event);
  }
  problem.interval = at::tensor(intervals);
  problem.event = at::tensor(events);
  // As the published table has it: who was lost counts as alive. The likelihood, which alone is trained under the strict
  // protocol, does not read these.
  problem.labels = labels.nan_to_num(0);
  return absl::OkStatus();
}

std::optional<double> SurvivalTask::ValidationScore(const at::Tensor& logits, const at::Tensor& labels, Protocol protocol) const {
  if (protocol == Protocol::kPaper) return MeanAuroc(logits, labels);
  const at::Tensor risk = SurvivalRisk(logits, /*as_published=*/false).to(at::kDouble).contiguous();
  std::vector<double> times, risks;
  const std::unique_ptr<bool[]> events(new bool[labels.size(0)]);
  for (int64_t row = 0; row < labels.size(0); ++row) {
    const std::optional<SurvivalOutcome> outcome = OutcomeOf(Row(labels, row));
    if (!outcome.has_value()) continue;
    events[times.size()] = outcome->event;
    times.push_back(static_cast<double>(outcome->interval));
    risks.push_back(risk.data_ptr<double>()[row]);
  }
  return WeightedCIndex(times, risks, absl::MakeConstSpan(events.get(), times.size()))();
}

void SurvivalTask::SetPaperRules(HeadTraining& training) const {
  training.start_epoch_counts = true;
  training.ties_win = true;
  training.runs_past_steps = true;
}

std::map<std::string, double> SurvivalTask::CaseScores(const at::Tensor& logits, Protocol protocol) const {
  const bool as_published = protocol == Protocol::kPaper;
  const at::Tensor one = logits.unsqueeze(0);
  std::map<std::string, double> scores = {{kRisk, SurvivalRisk(one, as_published).item<double>()}};
  const at::Tensor by_horizon = HorizonRisks(one, as_published).to(at::kDouble).contiguous();
  for (size_t j = 0; j < spec_.task.labels.size(); ++j) scores[spec_.task.labels[j]] = by_horizon.data_ptr<double>()[j];
  return scores;
}

std::map<std::string, double> SurvivalTask::CaseTruth(const std::vector<double>& labels) const {
  std::map<std::string, double> truth;
  if (const std::optional<SurvivalOutcome> outcome = OutcomeOf(labels); outcome.has_value()) {
    truth = {{kInterval, static_cast<double>(outcome->interval)}, {kEvent, outcome->event ? 1.0 : 0.0}};
  }
  for (size_t j = 0; j < labels.size(); ++j) {
    if (!std::isnan(labels[j])) truth[spec_.task.labels[j]] = labels[j];
  }
  return truth;
}

std::vector<Score> SurvivalTask::Scores(const Cohort& cohort) const { return SurvivalScores(cohort, spec_.task.labels); }

void SurvivalTask::Show(const ShownTask& shown, PageSection& section) const { ShowSurvival(shown, spec_.task.labels, section); }

}  // namespace asap
