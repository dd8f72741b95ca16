// The mean of one value a case: Dice, Brier errors, text scores, anything that is defined for each case alone.
#ifndef ASAP_CORE_METRICS_WEIGHTED_MEAN_H_
#define ASAP_CORE_METRICS_WEIGHTED_MEAN_H_

#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"

namespace asap {

// nullopt without weight, or where a case of positive weight is NaN. No weights: all ones.
inline std::optional<double> WeightedMean(absl::Span<const double> values, absl::Span<const double> weights) {
  double sum = 0, total = 0;
  if (weights.empty()) {
    for (const double value : values) sum += value;
    total = static_cast<double>(values.size());
  } else {
    // Without a branch on weights of 0, a third of a bootstrap's, which would be mispredicted.
    for (size_t i = 0; i < values.size(); ++i) {
      sum += weights[i] * values[i];
      total += weights[i];
    }
    if (std::isnan(sum)) {  // perhaps of cases that weigh nothing
      sum = 0;
      for (size_t i = 0; i < values.size(); ++i) sum += weights[i] == 0 ? 0 : weights[i] * values[i];
    }
  }
  if (!(total > 0) || std::isnan(sum)) return std::nullopt;
  return sum / total;
}

// The mean over the cases that have a value; the others are left out of it, and counted.
class WeightedCaseMean {
 public:
  explicit WeightedCaseMean(absl::Span<const std::optional<double>> values) : values_(values.begin(), values.end()) {
    for (const auto& value : values_) undefined_ += !value.has_value();
  }
  std::optional<double> operator()(absl::Span<const double> weights = {}) const {
    double sum = 0, total = 0;
    for (size_t i = 0; i < values_.size(); ++i) {
      const double weight = weights.empty() ? 1.0 : weights[i];
      if (weight == 0 || !values_[i].has_value()) continue;
      sum += weight * *values_[i];
      total += weight;
    }
    if (!(total > 0) || std::isnan(sum)) return std::nullopt;
    return sum / total;
  }
  int64_t undefined() const { return undefined_; }

 private:
  std::vector<std::optional<double>> values_;
  int64_t undefined_ = 0;
};

}  // namespace asap

#endif  // ASAP_CORE_METRICS_WEIGHTED_MEAN_H_
