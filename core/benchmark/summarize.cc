#include "core/benchmark/summarize.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/metrics/bootstrap.h"
#include "core/metrics/holm.h"

namespace asap {
namespace {

// The same rows scored by one encoder's runs of several seeds.
struct Group {
  std::string encoder, cohort;
  const Task* task = nullptr;
  double fraction = 100;
  std::vector<const Cohort*> by_seed;

  const std::vector<RowId>& rows() const { return by_seed[0]->rows; }
};

std::vector<Group> GroupRuns(const std::vector<const Task*>& tasks, BenchmarkResults& results) {
  std::vector<Group> groups;
  const auto add = [&](const Run& run, const Task* task, const Cohort& cohort) {
    for (Group& group : groups) {
      if (group.encoder != run.key.encoder || group.task != task || group.fraction != run.key.fraction ||
          group.cohort != cohort.dataset) {
        continue;
      }
      if (group.rows() == cohort.rows) {
        group.by_seed.push_back(&cohort);
      } else {
        results.warnings.push_back(absl::StrCat(run.key.encoder, ", ", run.key.task, ", ", run.key.fraction, " %, seed ",
                                                run.key.seed,
                                                ": scored other cases than its first seed, and was left out of the summary"));
      }
      return;
    }
    groups.push_back({run.key.encoder, cohort.dataset, task, run.key.fraction, {&cohort}});
  };
  for (const Run& run : results.runs) {
    const auto task = std::find_if(tasks.begin(), tasks.end(), [&](const Task* t) { return t->spec().name == run.key.task; });
    if (task == tasks.end()) continue;
    add(run, *task, run.result.test);
    for (const Cohort& cohort : run.result.external) add(run, *task, cohort);
  }
  return groups;
}

Patients PatientsOfRows(const std::vector<RowId>& rows) {
  std::vector<std::string> ids;
  ids.reserve(rows.size());
  for (const RowId& row : rows) ids.push_back(row.patient);
  return PatientsOf(ids);
}

// The headline of a group, which comparisons read after its statistics are gone: those of 45 runs of 18 labels would take some
// hundred megabytes.
struct Headline {
  std::optional<Metric> metric;  // none where the task scores nothing
  BootstrapEstimate estimate;    // of the mean over seeds
};

// Counts what a score was computed of: the rows of its first seed.
void CountRows(const std::vector<RowId>& rows, const Score& score, ScoreRow& row) {
  std::set<std::string> cases, patients;
  const auto count = [&](const RowId& id) {
    ++row.rows;
    cases.insert(id.case_id);
    patients.insert(id.patient);
  };
  if (score.rows.has_value()) {
    for (const size_t number : *score.rows) count(rows[number]);
  } else {
    for (const RowId& id : rows) count(id);
  }
  row.cases = static_cast<int64_t>(cases.size());
  row.patients = static_cast<int64_t>(patients.size());
}

// Adds the group's scores, each the mean over seeds, undefined where one seed's is.
Headline AddScores(const Group& group, const BootstrapOptions& options, BenchmarkResults& results) {
  std::vector<Score> first;
  std::vector<std::vector<Statistic>> parts;  // by score, then seed
  for (const Cohort* cohort : group.by_seed) {
    std::vector<Score> of_seed = group.task->Scores(*cohort);
    parts.resize(of_seed.size());
    for (size_t i = 0; i < of_seed.size(); ++i) parts[i].push_back(of_seed[i].statistic);
    if (first.empty()) first = std::move(of_seed);
  }
  std::vector<WeightedStatistic> means;
  means.reserve(parts.size());
  for (const std::vector<Statistic>& of_score : parts) {
    means.push_back(of_score.size() == 1 ? of_score[0] : MeanStatistic({of_score.begin(), of_score.end()}));
  }
  const Patients patients = PatientsOfRows(group.rows());
  std::vector<BootstrapEstimate> estimates = Bootstrap(patients, means, options);
  for (size_t i = 0; i < estimates.size(); ++i) {
    ScoreRow row{.encoder = group.encoder,
                 .task = group.task->spec().name,
                 .cohort = group.cohort,
                 .fraction = group.fraction,
                 .metric = first[i].metric,
                 .label = first[i].label,
                 .headline = i == 0};
    row.value = estimates[i].value;
    row.low = estimates[i].low;
    row.high = estimates[i].high;
    row.undefined_resamples = estimates[i].undefined;
    CountRows(group.rows(), first[i], row);
    double sum = 0, squares = 0;
    for (const Statistic& part : parts[i]) {
      row.by_seed.push_back(part({}));
      sum += row.by_seed.back().value_or(NAN);
    }
    const double seeds = static_cast<double>(row.by_seed.size());
    for (const std::optional<double>& value : row.by_seed) squares += std::pow(value.value_or(NAN) - sum / seeds, 2);
    if (seeds > 1 && !std::isnan(squares)) row.sd = std::sqrt(squares / (seeds - 1));
    if (first[i].closed_form != nullptr) row.closed_form = first[i].closed_form();
    results.scores.push_back(std::move(row));
  }
  if (first.empty()) return {};
  return {.metric = first[0].metric, .estimate = std::move(estimates[0])};
}

void AddComparisons(const std::vector<Group>& groups, const std::vector<Headline>& headlines, const BootstrapOptions& options,
                    BenchmarkResults& results) {
  if (results.encoders.empty()) return;
  // The rows of one correction: the tasks of one fraction against one baseline, test cases and external ones apart.
  std::map<std::tuple<std::string, double, bool>, std::vector<size_t>> families;
  for (size_t a = 0; a < groups.size(); ++a) {
    if (groups[a].encoder != results.encoders[0].name) continue;
    for (size_t b = 0; b < groups.size(); ++b) {
      const Group &first = groups[a], &second = groups[b];
      if (b == a || second.encoder == first.encoder || second.task != first.task || second.fraction != first.fraction ||
          second.cohort != first.cohort || !headlines[a].metric.has_value() || !headlines[b].metric.has_value()) {
        continue;
      }
      const std::string where = absl::StrCat(first.encoder, " and ", second.encoder, ", ", first.task->spec().name, ", ",
                                             first.fraction, " %, ", first.cohort);
      if (first.rows() != second.rows()) {
        results.warnings.push_back(absl::StrCat(where, ": not compared, because they scored other cases"));
        continue;
      }
      const PairedComparison paired = ComparePaired(headlines[a].estimate, headlines[b].estimate, options.level);
      if (!paired.difference.value.has_value() || !paired.p.has_value()) {
        results.warnings.push_back(absl::StrCat(where, ": not compared, because ", headlines[a].metric->title, " is undefined"));
        continue;
      }
      const bool external = first.cohort != first.task->spec().dataset;
      families[{second.encoder, first.fraction, external}].push_back(results.comparisons.size());
      results.comparisons.push_back({.task = first.task->spec().name,
                                     .cohort = first.cohort,
                                     .metric = *headlines[a].metric,
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
  std::vector<Headline> headlines;
  for (const Group& group : groups) {
    if (options.progress != nullptr) {
      options.progress(static_cast<int64_t>(headlines.size()), static_cast<int64_t>(groups.size()));
    }
    headlines.push_back(AddScores(group, bootstrap, results));
  }
  AddComparisons(groups, headlines, bootstrap, results);
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
