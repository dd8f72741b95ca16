// Columns to metrics: the mean absolute error, which is the headline, and the correlation.
#include <algorithm>
#include <cmath>
#include <memory>

#include "volumetry.h"

namespace asap::volumetry {
namespace {

using Weights = absl::Span<const double>;  // of all rows of the cohort; none: each counts once

double WeightOf(Weights weights, size_t row) { return weights.empty() ? 1 : weights[row]; }

std::optional<double> MeanAbsoluteError(const KnownRows& known, Weights weights) {
  double sum = 0, total = 0;
  for (size_t i = 0; i < known.rows.size(); ++i) {
    const double weight = WeightOf(weights, known.rows[i]);
    sum += weight * std::abs(known.predicted[i] - known.truth[i]);
    total += weight;
  }
  if (total == 0) return std::nullopt;
  return sum / total;
}

// Pearson's; nullopt where one of the two does not vary.
std::optional<double> Correlation(const KnownRows& known, Weights weights) {
  double total = 0, mean_x = 0, mean_y = 0, xx = 0, yy = 0, xy = 0;
  for (size_t i = 0; i < known.rows.size(); ++i) {  // Welford's, weighted
    const double weight = WeightOf(weights, known.rows[i]);
    if (weight == 0) continue;
    total += weight;
    const double dx = known.truth[i] - mean_x, dy = known.predicted[i] - mean_y;
    mean_x += dx * weight / total;
    mean_y += dy * weight / total;
    xx += weight * dx * (known.truth[i] - mean_x);
    yy += weight * dy * (known.predicted[i] - mean_y);
    xy += weight * dx * (known.predicted[i] - mean_y);
  }
  if (xx <= 0 || yy <= 0) return std::nullopt;
  return std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0);
}

}  // namespace

KnownRows KnownRowsOf(const Cohort& cohort) {
  KnownRows known;
  const std::vector<double>* truth = FindNumbers(cohort, kTrueLitres);
  const std::vector<double>* predicted = FindNumbers(cohort, kPredictedLitres);
  if (truth == nullptr || predicted == nullptr) return known;
  for (size_t row = 0; row < cohort.rows.size(); ++row) {
    if (std::isnan((*truth)[row]) || std::isnan((*predicted)[row])) continue;
    known.rows.push_back(row);
    known.truth.push_back((*truth)[row]);
    known.predicted.push_back((*predicted)[row]);
  }
  return known;
}

std::vector<Score> VolumetryTask::Scores(const Cohort& cohort) const {
  const auto known = std::make_shared<const KnownRows>(KnownRowsOf(cohort));  // the cohort may be gone when it is asked
  return {{.metric =
               {.name = "mae", .title = "Mean absolute error", .unit = "litres", .higher_is_better = false, .high = std::nullopt},
           .statistic = [known](Weights weights) { return MeanAbsoluteError(*known, weights); },
           .rows = known->rows},
          {.metric = {.name = "correlation", .title = "Correlation", .low = -1, .high = 1, .chance = 0},
           .statistic = [known](Weights weights) { return Correlation(*known, weights); },
           .rows = known->rows}};
}

}  // namespace asap::volumetry
