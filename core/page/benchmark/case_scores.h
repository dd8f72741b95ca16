// The cases of runs, as the plots of a task need them.
#ifndef ASAP_CORE_PAGE_BENCHMARK_CASE_SCORES_H_
#define ASAP_CORE_PAGE_BENCHMARK_CASE_SCORES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "core/benchmark/results.h"

namespace asap {

using Flags = absl::InlinedVector<bool, 1>;  // a vector of bool that has spans

// One label's probabilities and truth, of the cases that have both.
struct LabelCases {
  std::vector<double> scores;
  Flags positive;

  int64_t positives() const;
  bool has_both_classes() const { return positives() > 0 && positives() < static_cast<int64_t>(scores.size()); }
};

// The run from which an encoder's curves are drawn: the largest fraction of the task, then the least seed; null where it has
// none.
const Run* DrawnRun(const BenchmarkResults& results, const std::string& task, const std::string& encoder);
// Its cases of one cohort, or null.
const Cohort* CohortOf(const Run& run, const std::string& cohort);

// The task as that cohort has it: the labels of an external dataset may have names of their own, or be fewer.
TaskSpec TaskOnCohort(const TaskSpec& task, const Cohort& cohort);

// The same cases with probabilities for scores of the task's labels: unchanged where all lie in [0, 1], else a logistic function
// of them, over classes (softmax) where the task has one of several.
Cohort WithProbabilities(const TaskSpec& task, const Cohort& cohort);

LabelCases CasesOf(const Cohort& cohort, const std::string& label);
// Of all labels, one after the other.
LabelCases PooledCases(const Cohort& cohort, const std::vector<std::string>& labels);

// Predicted and true class of the cases that have both, as indices of the task's labels.
struct ClassCases {
  std::vector<int> predicted, truth;
};
ClassCases ClassesOf(const TaskSpec& task, const Cohort& cohort);

// Time to event in horizons: the truth "interval" + 1, so that 1 is the first of the task's labels, and whether the truth "event"
// fell there. Risk: the score "risk", else the mean over horizons. Cases without them are left out.
struct SurvivalCases {
  std::vector<double> times, risks;
  Flags events;
};
SurvivalCases SurvivalOf(const TaskSpec& task, const Cohort& cohort);

// What a case costs: the mean negative log-likelihood of its known labels, or that of its true class. None without known labels.
std::optional<double> LossOf(const TaskSpec& task, const CaseResult& result);

}  // namespace asap

#endif  // ASAP_CORE_PAGE_BENCHMARK_CASE_SCORES_H_
