#include "core/benchmark/summarize.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/metrics/bootstrap.h"
#include "core/metrics/delong.h"
#include "core/metrics/holm.h"

namespace asap {
namespace {

// The same cases scored by one encoder's runs of several seeds.
struct Group {
  std::string encoder, cohort;
  const Task* task = nullptr;
  double fraction = 100;
  std::vector<const std::vector<CaseResult>*> by_seed;

  const std::vector<CaseResult>& cases() const { return *by_seed[0]; }
};

bool SameCases(const std::vector<CaseResult>& a, const std::vector<CaseResult>& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](const CaseResult& x, const CaseResult& y) { return x.case_id == y.case_id; });
}

std::vector<Group> GroupRuns(const std::vector<const Task*>& tasks, BenchmarkResults& results) {
  std::vector<Group> groups;
  const auto add = [&](const Run& run, const Task* task, const Cohort& cohort) {
    for (Group& group : groups) {
      if (group.encoder != run.key.encoder || group.task != task || group.fraction != run.key.fraction ||
          group.cohort != cohort.dataset) {
        continue;
      }
      if (SameCases(group.cases(), cohort.cases)) {
        group.by_seed.push_back(&cohort.cases);
      } else {
        results.warnings.push_back(absl::StrCat(run.key.encoder, ", ", run.key.task, ", ", run.key.fraction, " %, seed ",
                                                run.key.seed,
                                                ": scored other cases than its first seed, and was left out of the summary"));
      }
      return;
    }
    groups.push_back({run.key.encoder, cohort.dataset, task, run.key.fraction, {&cohort.cases}});
  };
  for (const Run& run : results.runs) {
    const auto task = std::find_if(tasks.begin(), tasks.end(), [&](const Task* t) { return t->spec().name == run.key.task; });
    if (task == tasks.end()) continue;
    add(run, *task, run.result.test);
    for (const Cohort& cohort : run.result.external) add(run, *task, cohort);
  }
  return groups;
}

Patients PatientsOfCases(const std::vector<CaseResult>& cases) {
  std::vector<std::string> ids;
  for (const CaseResult& each : cases) ids.push_back(each.patient);
  return PatientsOf(ids);
}

// The mean over seeds of the i-th score; undefined where one seed's is.
struct MeanScores {
  std::vector<Score> names;                   // metric, label
  std::vector<std::vector<Statistic>> parts;  // by score, then seed
  std::vector<WeightedStatistic> means;       // by score
};

MeanScores ScoresOf(const Group& group) {
  MeanScores scores;
  for (const std::vector<CaseResult>* cases : group.by_seed) {
    std::vector<Score> of_seed = group.task->Scores(*cases);
    scores.parts.resize(of_seed.size());
    for (size_t i = 0; i < of_seed.size(); ++i) scores.parts[i].push_back(of_seed[i].statistic);
    if (scores.names.empty()) scores.names = std::move(of_seed);
  }
  for (const std::vector<Statistic>& parts : scores.parts) {
    scores.means.push_back(parts.size() == 1 ? parts[0] : MeanStatistic({parts.begin(), parts.end()}));
  }
  return scores;
}

// The cross-check of an AUROC's interval, of one label and the first seed.
void AddDeLong(const Group& group, const std::string& label, ScoreRow& row) {
  std::vector<double> scores;
  const std::unique_ptr<bool[]> positive(new bool[group.cases().size()]);
  for (const CaseResult& each : group.cases()) {
    const auto score = each.scores.find(label), truth = each.truth.find(label);
    if (score == each.scores.end() || truth == each.truth.end()) continue;
    positive[scores.size()] = truth->second > 0.5;
    scores.push_back(score->second);
  }
  const std::optional<DeLongAuroc> area = DeLong(scores, absl::MakeConstSpan(positive.get(), scores.size()));
  if (!area.has_value()) return;
  if (const auto interval = area->Logit(); interval.has_value()) {
    row.delong_low = interval->first;
    row.delong_high = interval->second;
  }
}

void AddScores(const Group& group, const MeanScores& scores, const Patients& patients, const BootstrapOptions& options,
               BenchmarkResults& results) {
  const std::vector<BootstrapEstimate> estimates = Bootstrap(patients, scores.means, options);
  for (size_t i = 0; i < estimates.size(); ++i) {
    ScoreRow row{.encoder = group.encoder,
                 .task = group.task->spec().name,
                 .cohort = group.cohort,
                 .fraction = group.fraction,
                 .metric = scores.names[i].metric,
                 .label = scores.names[i].label,
                 .headline = i == 0};
    row.higher_is_better = scores.names[i].higher_is_better;
    row.value = estimates[i].value;
    row.low = estimates[i].low;
    row.high = estimates[i].high;
    row.undefined_resamples = estimates[i].undefined;
    row.cases = static_cast<int64_t>(group.cases().size());
    row.patients = patients.count;
    double sum = 0, squares = 0;
    for (const Statistic& part : scores.parts[i]) {
      row.by_seed.push_back(part({}));
      sum += row.by_seed.back().value_or(NAN);
    }
    const double seeds = static_cast<double>(row.by_seed.size());
    for (const std::optional<double>& value : row.by_seed) squares += std::pow(value.value_or(NAN) - sum / seeds, 2);
    if (seeds > 1 && !std::isnan(squares)) row.sd = std::sqrt(squares / (seeds - 1));
    const bool one_label = group.task->spec().labels.size() == 1;
    if (row.metric == "auroc" && (!row.label.empty() || one_label)) {
      std::string label = row.label;
      if (label.empty() && !group.cases().empty() && group.cases()[0].scores.size() == 1) {
        label = group.cases()[0].scores.begin()->first;  // an external dataset's name of it
      }
      AddDeLong(group, label, row);
    }
    results.scores.push_back(std::move(row));
  }
}

void AddComparisons(const std::vector<Group>& groups, const std::vector<MeanScores>& scores,
                    const std::vector<Patients>& patients, const BootstrapOptions& options, BenchmarkResults& results) {
  if (results.encoders.empty()) return;
  // Rows of one correction: the tasks of one fraction against one baseline, test cases and external ones apart.
  std::map<std::tuple<std::string, double, bool>, std::vector<size_t>> families;
  for (size_t a = 0; a < groups.size(); ++a) {
    if (groups[a].encoder != results.encoders[0].name) continue;
    for (size_t b = 0; b < groups.size(); ++b) {
      const Group &first = groups[a], &second = groups[b];
      if (b == a || second.encoder == first.encoder || second.task != first.task || second.fraction != first.fraction ||
          second.cohort != first.cohort || scores[a].means.empty() || scores[b].means.empty()) {
        continue;
      }
      const std::string where = absl::StrCat(first.encoder, " and ", second.encoder, ", ", first.task->spec().name, ", ",
                                             first.fraction, " %, ", first.cohort);
      if (!SameCases(first.cases(), second.cases())) {
        results.warnings.push_back(absl::StrCat(where, ": not compared, because they scored other cases"));
        continue;
      }
      const PairedComparison paired = ComparePaired(patients[a], scores[a].means[0], scores[b].means[0], options);
      if (!paired.difference.value.has_value() || !paired.p.has_value()) {
        results.warnings.push_back(absl::StrCat(where, ": not compared, because ", scores[a].names[0].metric, " is undefined"));
        continue;
      }
      const bool external = first.cohort != first.task->spec().dataset;
      families[{second.encoder, first.fraction, external}].push_back(results.comparisons.size());
      results.comparisons.push_back({.task = first.task->spec().name,
                                     .cohort = first.cohort,
                                     .metric = scores[a].names[0].metric,
                                     .fraction = first.fraction,
                                     .encoder = first.encoder,
                                     .baseline = second.encoder,
                                     .difference = *paired.difference.value,
                                     .low = paired.difference.low.value_or(NAN),
                                     .high = paired.difference.high.value_or(NAN),
                                     .effect = paired.effect.value_or(0),
                                     .p = *paired.p,
                                     .p_holm = *paired.p});
    }
  }
  for (const auto& [family, rows] : families) {
    std::vector<std::optional<double>> p;
    for (const size_t row : rows) p.push_back(results.comparisons[row].p);
    const std::vector<std::optional<double>> adjusted = HolmAdjusted(p);
    for (size_t i = 0; i < rows.size(); ++i) results.comparisons[rows[i]].p_holm = adjusted[i].value_or(1);
  }
}

}  // namespace

void Summarize(const std::vector<const Task*>& tasks, const SummaryOptions& options, BenchmarkResults& results) {
  const BootstrapOptions bootstrap{.resamples = options.resamples, .seed = options.seed, .threads = options.threads};
  const std::vector<Group> groups = GroupRuns(tasks, results);
  std::vector<MeanScores> scores;
  std::vector<Patients> patients;
  for (const Group& group : groups) {
    if (options.progress != nullptr) options.progress(static_cast<int64_t>(scores.size()), static_cast<int64_t>(groups.size()));
    scores.push_back(ScoresOf(group));
    patients.push_back(PatientsOfCases(group.cases()));
    AddScores(group, scores.back(), patients.back(), bootstrap, results);
  }
  AddComparisons(groups, scores, patients, bootstrap, results);
  for (const Run& run : results.runs) {
    for (const std::string& warning : run.result.warnings) {
      const std::string named = absl::StrCat(run.key.task, ": ", warning);
      if (std::find(results.warnings.begin(), results.warnings.end(), named) == results.warnings.end()) {
        results.warnings.push_back(named);
      }
    }
  }
}

}  // namespace asap
