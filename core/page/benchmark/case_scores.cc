#include "core/page/benchmark/case_scores.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace asap {
namespace {

const double* Find(const std::map<std::string, double>& values, const std::string& name) {
  const auto found = values.find(name);
  return found == values.end() || std::isnan(found->second) ? nullptr : &found->second;
}

void Append(const Cohort& cohort, const std::string& label, LabelCases* cases) {
  for (const CaseResult& result : cohort.cases) {
    const double* score = Find(result.scores, label);
    const double* truth = Find(result.truth, label);
    if (score == nullptr || truth == nullptr) continue;
    cases->scores.push_back(*score);
    cases->positive.push_back(*truth > 0.5);
  }
}

// The class that is true, or -1.
int TrueClass(const TaskSpec& task, const CaseResult& result) {
  for (size_t c = 0; c < task.labels.size(); ++c) {
    const double* truth = Find(result.truth, task.labels[c]);
    if (truth != nullptr && *truth > 0.5) return static_cast<int>(c);
  }
  return -1;
}

void Softmax(const TaskSpec& task, CaseResult* result) {
  double largest = -INFINITY, sum = 0;
  for (const std::string& label : task.labels) {
    if (const double* score = Find(result->scores, label)) largest = std::max(largest, *score);
  }
  for (const std::string& label : task.labels) {
    if (const double* score = Find(result->scores, label)) sum += std::exp(*score - largest);
  }
  for (const std::string& label : task.labels) {
    if (const double* score = Find(result->scores, label)) result->scores[label] = std::exp(*score - largest) / sum;
  }
}

}  // namespace

int64_t LabelCases::positives() const { return std::count(positive.begin(), positive.end(), true); }

const Run* DrawnRun(const BenchmarkResults& results, const std::string& task, const std::string& encoder) {
  const Run* drawn = nullptr;
  for (const Run& run : results.runs) {
    if (run.key.task != task || run.key.encoder != encoder) continue;
    if (drawn == nullptr || run.key.fraction > drawn->key.fraction ||
        (run.key.fraction == drawn->key.fraction && run.key.seed < drawn->key.seed)) {
      drawn = &run;
    }
  }
  return drawn;
}

const Cohort* CohortOf(const Run& run, const std::string& cohort) {
  if (run.result.test.dataset == cohort) return &run.result.test;
  for (const Cohort& external : run.result.external) {
    if (external.dataset == cohort) return &external;
  }
  return nullptr;
}

TaskSpec TaskOnCohort(const TaskSpec& task, const Cohort& cohort) {
  std::set<std::string> known;  // scored, and with a truth somewhere
  for (const CaseResult& result : cohort.cases) {
    for (const auto& [label, truth] : result.truth) {
      if (result.scores.count(label) > 0) known.insert(label);
    }
  }
  TaskSpec own = task;
  const auto is_known = [&known](const std::string& label) { return known.count(label) > 0; };
  if (std::any_of(task.labels.begin(), task.labels.end(), is_known)) {
    if (task.outcome == Outcome::kMultilabel) {
      own.labels.erase(std::remove_if(own.labels.begin(), own.labels.end(), [&](const auto& label) { return !is_known(label); }),
                       own.labels.end());
    }
  } else if (!known.empty()) {
    own.labels.assign(known.begin(), known.end());
  }
  return own;
}

Cohort WithProbabilities(const TaskSpec& task, const Cohort& cohort) {
  Cohort changed = cohort;
  const auto is_probability = [&](const CaseResult& result) {
    return std::all_of(task.labels.begin(), task.labels.end(), [&](const std::string& label) {
      const double* score = Find(result.scores, label);
      return score == nullptr || (*score >= 0 && *score <= 1);
    });
  };
  if (std::all_of(cohort.cases.begin(), cohort.cases.end(), is_probability)) return changed;
  for (CaseResult& result : changed.cases) {
    if (task.outcome == Outcome::kMulticlass) {
      Softmax(task, &result);
      continue;
    }
    for (const std::string& label : task.labels) {
      if (const double* score = Find(result.scores, label)) result.scores[label] = 1 / (1 + std::exp(-*score));
    }
  }
  return changed;
}

LabelCases CasesOf(const Cohort& cohort, const std::string& label) {
  LabelCases cases;
  Append(cohort, label, &cases);
  return cases;
}

LabelCases PooledCases(const Cohort& cohort, const std::vector<std::string>& labels) {
  LabelCases cases;
  for (const std::string& label : labels) Append(cohort, label, &cases);
  return cases;
}

ClassCases ClassesOf(const TaskSpec& task, const Cohort& cohort) {
  ClassCases cases;
  for (const CaseResult& result : cohort.cases) {
    int predicted = -1;
    double largest = -INFINITY;
    for (size_t c = 0; c < task.labels.size(); ++c) {
      const double* score = Find(result.scores, task.labels[c]);
      if (score == nullptr || *score <= largest) continue;
      largest = *score;
      predicted = static_cast<int>(c);
    }
    const int truth = TrueClass(task, result);
    if (predicted < 0 || truth < 0) continue;
    cases.predicted.push_back(predicted);
    cases.truth.push_back(truth);
  }
  return cases;
}

SurvivalCases SurvivalOf(const TaskSpec& task, const Cohort& cohort) {
  SurvivalCases cases;
  for (const CaseResult& result : cohort.cases) {
    double risk = 0, horizons = 0;
    for (const std::string& label : task.labels) {
      if (const double* score = Find(result.scores, label)) {
        risk += *score;
        ++horizons;
      }
    }
    const double* own_risk = Find(result.scores, "risk");
    if (own_risk == nullptr && horizons == 0) continue;
    const double* interval = Find(result.truth, "interval");
    const double* event = Find(result.truth, "event");
    if (interval == nullptr || event == nullptr) continue;
    cases.times.push_back(*interval + 1);
    cases.events.push_back(*event > 0.5);
    cases.risks.push_back(own_risk != nullptr ? *own_risk : risk / horizons);
  }
  return cases;
}

std::optional<double> LossOf(const TaskSpec& task, const CaseResult& result) {
  const auto loss = [](double probability) { return -std::log(std::max(probability, 1e-7)); };
  if (task.outcome == Outcome::kMulticlass) {
    const int truth = TrueClass(task, result);
    const double* score = truth < 0 ? nullptr : Find(result.scores, task.labels[truth]);
    return score == nullptr ? std::nullopt : std::optional<double>(loss(*score));
  }
  double sum = 0, known = 0;
  for (const std::string& label : task.labels) {
    const double* score = Find(result.scores, label);
    const double* truth = Find(result.truth, label);
    if (score == nullptr || truth == nullptr) continue;
    sum += loss(*truth > 0.5 ? *score : 1 - *score);
    ++known;
  }
  return known == 0 ? std::nullopt : std::optional<double>(sum / known);
}

}  // namespace asap
