#include "core/page/benchmark/headline.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"

namespace asap {
namespace {

bool BeatsAll(const BenchmarkResults& results, const HeadlineRow& row) {
  const std::string& name = results.encoders[row.best].name;
  int64_t compared = 0;
  for (const ComparisonRow& comparison : results.comparisons) {
    if (comparison.task != row.task->name || comparison.cohort != row.cohort || comparison.fraction != row.fraction) continue;
    if (comparison.metric.name != row.metric.name) continue;
    if (comparison.encoder != name && comparison.baseline != name) continue;
    const Verdict verdict = VerdictOf(comparison);
    if (verdict != (comparison.encoder == name ? Verdict::kWin : Verdict::kLoss)) return false;
    ++compared;
  }
  return compared > 0;
}

void FillDigests(const BenchmarkResults& results, HeadlineRow* row) {
  std::map<uint64_t, std::string> by_seed;
  for (const Run& run : results.runs) {
    const std::string& digest = run.result.split.digest;
    if (run.key.task != row->task->name || run.key.fraction != row->fraction || digest.empty()) continue;
    if (std::find(row->digests.begin(), row->digests.end(), digest) == row->digests.end()) row->digests.push_back(digest);
    row->unlike_splits |= by_seed.emplace(run.key.seed, digest).first->second != digest;
  }
}

void FillCells(const BenchmarkResults& results, HeadlineRow* row) {
  row->cells.assign(results.encoders.size(), nullptr);
  for (const ScoreRow& score : results.scores) {
    if (score.task != row->task->name || score.cohort != row->cohort || score.fraction != row->fraction) continue;
    if (score.metric.name != row->metric.name) continue;
    if (!score.headline) {
      if (!score.label.empty() && !score.value.has_value()) row->undefined_labels.insert(score.label);
      continue;
    }
    for (size_t e = 0; e < results.encoders.size(); ++e) {
      if (results.encoders[e].name == score.encoder) row->cells[e] = &score;
    }
    row->undefined_resamples += score.undefined_resamples;
    row->rows = std::max(row->rows, score.rows);
    row->patients = std::max(row->patients, score.patients);
  }
  for (size_t e = 0; e < row->cells.size(); ++e) {
    const ScoreRow* cell = row->cells[e];
    if (cell == nullptr || !cell->value.has_value()) continue;
    const double sign = row->metric.higher_is_better ? 1 : -1;
    if (row->best < 0 || sign * *cell->value > sign * *row->cells[row->best]->value) row->best = static_cast<int>(e);
  }
  row->significant = row->best >= 0 && BeatsAll(results, *row);
  FillDigests(results, row);
}

}  // namespace

std::vector<HeadlineRow> HeadlineRows(const BenchmarkResults& results) {
  std::vector<HeadlineRow> rows;
  for (const TaskSpec& task : results.tasks) {
    std::vector<HeadlineRow> of_task;
    for (const ScoreRow& score : results.scores) {
      if (!score.headline || score.task != task.name) continue;
      const auto same = [&](const HeadlineRow& row) {
        return row.cohort == score.cohort && row.fraction == score.fraction && row.metric.name == score.metric.name;
      };
      if (std::any_of(of_task.begin(), of_task.end(), same)) continue;
      of_task.push_back({.task = &task,
                         .cohort = score.cohort,
                         .external = IsExternal(task, score.cohort),
                         .fraction = score.fraction,
                         .metric = score.metric});
    }
    std::stable_sort(of_task.begin(), of_task.end(), [](const HeadlineRow& a, const HeadlineRow& b) {
      return std::tie(a.external, a.cohort, a.fraction) < std::tie(b.external, b.cohort, b.fraction);
    });
    for (HeadlineRow& row : of_task) {
      FillCells(results, &row);
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

Verdict VerdictOf(const ComparisonRow& row) {
  if (!(row.p_holm < kSignificance) || row.difference == 0) return Verdict::kTie;
  return (row.difference > 0) == row.metric.higher_is_better ? Verdict::kWin : Verdict::kLoss;
}

std::string VerdictInWords(const ComparisonRow& row) {
  switch (VerdictOf(row)) {
    case Verdict::kWin:
      return absl::StrCat(row.encoder, " wins");
    case Verdict::kLoss:
      return absl::StrCat(row.encoder, " loses");
    case Verdict::kTie:
      return "tie";
  }
  return "";
}

std::string TaskAndCohort(const std::string& task, const std::string& cohort, bool external) {
  return external ? absl::StrCat(task, " \u2192 ", cohort) : task;
}

bool IsExternal(const TaskSpec& task, const std::string& cohort) { return cohort != task.dataset; }

const TaskSpec* FindTask(const BenchmarkResults& results, const std::string& name) {
  for (const TaskSpec& task : results.tasks) {
    if (task.name == name) return &task;
  }
  return nullptr;
}

std::vector<ComparisonRow> ComparisonsInOrder(const BenchmarkResults& results) {
  std::vector<ComparisonRow> rows = results.comparisons;
  const auto key = [&results](const ComparisonRow& row) {
    const TaskSpec* task = FindTask(results, row.task);
    const int64_t place = task == nullptr ? -1 : task - results.tasks.data();
    return std::make_tuple(place, task != nullptr && IsExternal(*task, row.cohort), row.cohort, row.fraction);
  };
  std::stable_sort(rows.begin(), rows.end(), [&key](const auto& a, const auto& b) { return key(a) < key(b); });
  return rows;
}

std::vector<std::string> VerdictCounts(const BenchmarkResults& results) {
  std::vector<std::pair<std::string, std::string>> pairs;
  std::map<std::pair<std::string, std::string>, std::array<int64_t, 3>> counts;
  for (const ComparisonRow& row : results.comparisons) {
    const std::pair<std::string, std::string> pair = {row.encoder, row.baseline};
    if (counts.find(pair) == counts.end()) pairs.push_back(pair);
    ++counts[pair][static_cast<int>(VerdictOf(row))];
  }
  const auto counted = [](int64_t count, absl::string_view one, absl::string_view many) {
    return absl::StrCat(count, " ", count == 1 ? one : many);
  };
  std::vector<std::string> sentences;
  for (const auto& pair : pairs) {
    const auto& [wins, ties, losses] = counts[pair];
    sentences.push_back(absl::StrCat(pair.first, " against ", pair.second, ": ", counted(wins, "win", "wins"), ", ",
                                     counted(ties, "tie", "ties"), ", ", counted(losses, "loss", "losses")));
  }
  return sentences;
}

}  // namespace asap
