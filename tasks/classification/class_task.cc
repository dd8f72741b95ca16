#include "tasks/classification/class_task.h"

#include <ATen/ops/softmax.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "tasks/labels/scores.h"
#include "tasks/labels/section.h"

namespace asap {

HeadOptions ClassTask::Head(int64_t width, Protocol) const {
  return LinearHead(HeadLoss::kSoftmax, width, static_cast<int64_t>(spec_.task.labels.size()));
}

absl::Status ClassTask::SetTargets(const at::Tensor& labels, HeadProblem& problem) const {
  const at::Tensor classes = labels.select(1, 0);
  const double most = static_cast<double>(spec_.task.labels.size() - 1);
  if (classes.ne(classes.round()).any().item<bool>() || classes.min().item<double>() < 0 || classes.max().item<double>() > most) {
    return absl::InvalidArgumentError(absl::StrCat("task ", spec_.task.name, ": the label \"", spec_.cohort.labels[0],
                                                   "\" holds other values than the classes 0 ... ", most));
  }
  problem.labels = classes.to(at::kLong);
  return absl::OkStatus();
}

std::optional<double> ClassTask::ValidationScore(const at::Tensor& logits, const at::Tensor& labels, Protocol) const {
  const at::Tensor truth = labels.select(1, 0), known = truth.eq(truth);
  const int64_t cases = known.sum().item<int64_t>();
  if (cases == 0) return std::nullopt;
  const at::Tensor right = logits.argmax(1).to(at::kDouble).eq(truth);
  return right.logical_and(known).sum().item<double>() / static_cast<double>(cases);
}

void ClassTask::SetPaperRules(HeadTraining& training) const { training.runs_past_steps = true; }

std::map<std::string, double> ClassTask::CaseScores(const at::Tensor& logits, Protocol) const {
  std::map<std::string, double> scores;
  const at::Tensor probabilities = at::softmax(logits.to(at::kDouble), 0).contiguous();
  for (size_t k = 0; k < spec_.task.labels.size(); ++k) scores[spec_.task.labels[k]] = probabilities.data_ptr<double>()[k];
  return scores;
}

std::map<std::string, double> ClassTask::CaseTruth(const std::vector<double>& labels) const {
  std::map<std::string, double> truth;
  if (std::isnan(labels[0])) return truth;
  for (size_t k = 0; k < spec_.task.labels.size(); ++k) truth[spec_.task.labels[k]] = labels[0] == static_cast<double>(k);
  return truth;
}

std::vector<Score> ClassTask::Scores(const Cohort& cohort) const { return ClassScores(cohort, spec_.task.labels); }

void ClassTask::Show(const ShownTask& shown, PageSection& section) const { ShowClasses(shown, spec_.task.labels, section); }

}  // namespace asap
