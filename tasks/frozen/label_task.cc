#include "tasks/frozen/label_task.h"

#include <ATen/ops/sigmoid.h>

#include <cmath>
#include <memory>

#include "core/metrics/auroc.h"
#include "tasks/scores/scores.h"

namespace asap {

std::optional<double> MeanAuroc(const at::Tensor& scores, const at::Tensor& labels) {
  const at::Tensor values = scores.to(at::kDouble).contiguous(), truth = labels.to(at::kDouble).contiguous();
  const auto value = values.accessor<double, 2>(), known = truth.accessor<double, 2>();
  const std::unique_ptr<bool[]> positive(new bool[scores.size(0)]);
  double sum = 0;
  int64_t defined = 0;
  for (int64_t k = 0; k < scores.size(1); ++k) {
    std::vector<double> column;
    for (int64_t row = 0; row < scores.size(0); ++row) {
      if (std::isnan(known[row][k])) continue;
      positive[column.size()] = known[row][k] > 0.5;
      column.push_back(value[row][k]);
    }
    const std::optional<double> area = Auroc(column, absl::MakeConstSpan(positive.get(), column.size()));
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

std::vector<Score> LabelTask::Scores(absl::Span<const CaseResult> cases) const {
  // External cases have labels of their own.
  std::vector<std::string> names;
  if (!cases.empty()) {
    for (const std::string& label : spec_.task.labels) {
      if (cases[0].scores.contains(label)) names.push_back(label);
    }
    for (const ExternalCohort& external : spec_.external) {
      if (names.size() == cases[0].scores.size()) break;
      names.clear();
      for (const ExternalLabel& label : external.labels) {
        if (cases[0].scores.contains(label.theirs)) names.push_back(label.theirs);
      }
    }
  }
  return LabelScores(cases, names.empty() ? spec_.task.labels : names);
}

}  // namespace asap
