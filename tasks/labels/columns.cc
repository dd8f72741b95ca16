#include "tasks/labels/columns.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "core/metrics/confusion.h"

namespace asap {
namespace {

// The columns of a label; null where the cohort lacks it altogether.
struct Columns {
  const std::vector<double>* score;
  const std::vector<double>* truth;

  Columns(const Cohort& cohort, const std::string& label)
      : score(FindNumbers(cohort, ScoreColumn(label))), truth(FindNumbers(cohort, TruthColumn(label))) {}
  bool has_both(size_t row) const {
    return score != nullptr && truth != nullptr && !std::isnan((*score)[row]) && !std::isnan((*truth)[row]);
  }
};

double LossOf(double probability) { return -std::log(std::max(probability, 1e-7)); }

}  // namespace

std::string ScoreColumn(const std::string& label) { return absl::StrCat("score/", label); }
std::string TruthColumn(const std::string& label) { return absl::StrCat("truth/", label); }

int64_t LabelRows::positives() const { return std::count(positive.begin(), positive.end(), true); }

LabelRows RowsOf(const Cohort& cohort, const std::string& score_column, const std::string& truth_column) {
  LabelRows rows;
  const std::vector<double>* score = FindNumbers(cohort, score_column);
  const std::vector<double>* truth = FindNumbers(cohort, truth_column);
  if (score != nullptr && truth != nullptr) {
    for (size_t row = 0; row < cohort.rows.size(); ++row) {
      if (std::isnan((*score)[row]) || std::isnan((*truth)[row])) continue;
      rows.rows.push_back(row);
      rows.scores.push_back((*score)[row]);
      rows.positive.push_back((*truth)[row] > 0.5);
    }
  }
  rows.all = rows.rows.size() == cohort.rows.size();
  return rows;
}

LabelRows RowsOfLabel(const Cohort& cohort, const std::string& label) {
  return RowsOf(cohort, ScoreColumn(label), TruthColumn(label));
}

LabelRows PooledRows(const Cohort& cohort, const std::vector<std::string>& labels) {
  LabelRows pooled;
  for (const std::string& label : labels) {
    const LabelRows rows = RowsOfLabel(cohort, label);
    pooled.rows.insert(pooled.rows.end(), rows.rows.begin(), rows.rows.end());
    pooled.scores.insert(pooled.scores.end(), rows.scores.begin(), rows.scores.end());
    pooled.positive.insert(pooled.positive.end(), rows.positive.begin(), rows.positive.end());
  }
  pooled.all = false;
  return pooled;
}

ClassRows RowsOfClasses(const Cohort& cohort, const std::vector<std::string>& classes) {
  std::vector<Columns> columns;
  for (const std::string& name : classes) columns.emplace_back(cohort, name);
  ClassRows rows;
  for (size_t row = 0; row < cohort.rows.size(); ++row) {
    int truth = -1;
    std::vector<double> probabilities;
    for (size_t c = 0; c < columns.size(); ++c) {
      if (columns[c].truth != nullptr && (*columns[c].truth)[row] > 0.5) truth = static_cast<int>(c);
      if (columns[c].score != nullptr && !std::isnan((*columns[c].score)[row])) probabilities.push_back((*columns[c].score)[row]);
    }
    if (truth < 0 || probabilities.size() < classes.size()) continue;
    rows.rows.push_back(row);
    rows.truth.push_back(truth);
    rows.probabilities.insert(rows.probabilities.end(), probabilities.begin(), probabilities.end());
  }
  rows.predicted = Argmax(rows.probabilities, static_cast<int>(classes.size()));
  rows.all = rows.rows.size() == cohort.rows.size();
  return rows;
}

std::vector<std::optional<double>> LabelLosses(const Cohort& cohort, const std::vector<std::string>& labels) {
  std::vector<double> sums(cohort.rows.size(), 0), known(cohort.rows.size(), 0);
  for (const std::string& label : labels) {
    const Columns columns(cohort, label);
    for (size_t row = 0; row < sums.size(); ++row) {
      if (!columns.has_both(row)) continue;
      sums[row] += LossOf((*columns.truth)[row] > 0.5 ? (*columns.score)[row] : 1 - (*columns.score)[row]);
      ++known[row];
    }
  }
  std::vector<std::optional<double>> losses(sums.size());
  for (size_t row = 0; row < sums.size(); ++row) {
    if (known[row] > 0) losses[row] = sums[row] / known[row];
  }
  return losses;
}

std::vector<std::optional<double>> ClassLosses(const Cohort& cohort, const std::vector<std::string>& classes) {
  std::vector<std::optional<double>> losses(cohort.rows.size());
  for (const std::string& name : classes) {
    const Columns columns(cohort, name);
    for (size_t row = 0; row < losses.size(); ++row) {
      if (columns.has_both(row) && (*columns.truth)[row] > 0.5) losses[row] = LossOf((*columns.score)[row]);
    }
  }
  return losses;
}

}  // namespace asap
