#include "tasks/frozen/label_task.h"

#include <ATen/ops/sigmoid.h>

#include <cmath>

#include "core/metrics/auroc.h"
#include "tasks/labels/columns.h"
#include "tasks/labels/scores.h"
#include "tasks/labels/section.h"

namespace asap {

std::optional<double> MeanAuroc(const at::Tensor& scores, const at::Tensor& labels) {
  const at::Tensor values = scores.to(at::kDouble).contiguous(), truth = labels.to(at::kDouble).contiguous();
  const auto value = values.accessor<double, 2>(), known = truth.accessor<double, 2>();
  double sum = 0;
  int64_t defined = 0;
  for (int64_t k = 0; k < scores.size(1); ++k) {
    std::vector<double> column;
    Flags positive;
    for (int64_t row = 0; row < scores.size(0); ++row) {
      if (std::isnan(known[row][k])) continue;
      positive.push_back(known[row][k] > 0.5);
      column.push_back(value[row][k]);
    }
    const std::optional<double> area = Auroc(column, positive);
    sum += area.value_or(0);
    defined += area.has_value();
  }
  if (defined == 0) return std::nullopt;
  return sum / static_cast<double>(defined);
}

HeadOptions LabelTask::Head(int64_t width, Protocol) const {
  if (rules_.severity_head) return SeverityHead(width);
  return LinearHead(HeadLoss::kBinary, width, static_cast<int64_t>(spec_.task.labels.size()));
}

absl::Status LabelTask::SetTargets(const at::Tensor& labels, HeadProblem& problem) const {
  problem.labels = labels;
  return absl::OkStatus();
}

std::optional<double> LabelTask::ValidationScore(const at::Tensor& logits, const at::Tensor& labels, Protocol) const {
  return MeanAuroc(logits, labels);
}

void LabelTask::SetPaperRules(HeadTraining& training) const {
  training.start_epoch_counts = rules_.start_epoch_counts;
  training.ties_win = true;
  training.runs_past_steps = true;
}

std::map<std::string, double> LabelTask::CaseScores(const at::Tensor& logits, Protocol) const {
  std::map<std::string, double> scores;
  const at::Tensor probabilities = at::sigmoid(logits.to(at::kDouble)).contiguous();
  for (size_t k = 0; k < spec_.task.labels.size(); ++k) scores[spec_.task.labels[k]] = probabilities.data_ptr<double>()[k];
  return scores;
}

std::map<std::string, double> LabelTask::CaseTruth(const std::vector<double>& labels) const {
  std::map<std::string, double> truth;
  for (size_t k = 0; k < labels.size(); ++k) {
    if (!std::isnan(labels[k])) truth[spec_.task.labels[k]] = labels[k];
  }
  return truth;
}

std::vector<std::string> LabelTask::LabelsOn(const Cohort& cohort) const {
  const auto scored = [&cohort](const std::string& label) { return FindNumbers(cohort, ScoreColumn(label)) != nullptr; };
  std::vector<std::string> names;
  for (const ExternalCohort& external : spec_.external) {
    if (external.dataset != cohort.dataset) continue;
    for (const ExternalLabel& label : external.labels) {
      if (scored(label.theirs)) names.push_back(label.theirs);
    }
  }
  return names.empty() ? spec_.task.labels : names;
}

std::vector<Score> LabelTask::Scores(const Cohort& cohort) const { return LabelScores(cohort, LabelsOn(cohort)); }

void LabelTask::Show(const ShownTask& shown, PageSection& section) const {
  ShowLabels(shown, LabelsOn(*shown.runs.front().cohort), section);
}

}  // namespace asap
