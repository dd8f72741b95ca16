#include "core/metrics/calibration.h"

#include <algorithm>
#include <cmath>

#include "core/metrics/weighted_mean.h"

namespace asap {
namespace {

// The edges as torch.linspace(0, 1, bins + 1) computes them: from the near end.
std::vector<double> LinspaceEdges(int bins) {
  std::vector<double> edges(bins + 1);
  const double step = 1.0 / bins;
  for (int i = 0; i <= bins; ++i) edges[i] = i < (bins + 1) / 2 ? step * i : 1.0 - step * (bins - i);
  return edges;
}

}  // namespace

WeightedCalibration::WeightedCalibration(absl::Span<const double> probabilities, absl::Span<const bool> positive, int bins,
                                         BinEdges edges)
    : invalid_(bins < 1 || probabilities.size() != positive.size()) {
  for (const double p : probabilities) invalid_ |= !(p >= 0 && p <= 1);
  if (invalid_) return;
  const std::vector<double> lower = LinspaceEdges(bins);
  bins_.resize(bins + 1);
  for (size_t i = 0; i < probabilities.size(); ++i) {
    const double p = probabilities[i];
    const int bin = edges == BinEdges::kUpperClosed
                        ? std::clamp(static_cast<int>(std::ceil(p * bins)) - 1, 0, bins - 1)
                        : static_cast<int>(std::upper_bound(lower.begin(), lower.end(), p) - lower.begin()) - 1;
    bins_[bin].push_back({static_cast<uint32_t>(i), positive[i] ? 1.0f : 0.0f, p});
  }
}

std::vector<WeightedCalibration::Sums> WeightedCalibration::SumsOf(absl::Span<const double> weights) const {
  std::vector<Sums> sums(bins_.size());
  for (size_t b = 0; b < sums.size(); ++b) {
    double total = 0, probability = 0, positives = 0;  // in registers: a third of the time
    for (const Case& one : bins_[b]) {
      const double weight = weights.empty() ? 1.0 : weights[one.index];
      total += weight;
      probability += weight * one.probability;
      positives += weight * one.positive;
    }
    sums[b] = {total, probability, positives};
  }
  return sums;
}

std::vector<ReliabilityBin> WeightedCalibration::Bins(absl::Span<const double> weights) const {
  std::vector<ReliabilityBin> bins;
  if (invalid_) return bins;
  const std::vector<Sums> sums = SumsOf(weights);
  for (size_t i = 0; i < sums.size(); ++i) {
    const Sums& bin = sums[i];
    if (bin.weight > 0) {
      bins.push_back({static_cast<int>(i), bin.weight, bin.probability / bin.weight, bin.positives / bin.weight});
    }
  }
  return bins;
}

std::optional<double> WeightedCalibration::ExpectedError(absl::Span<const double> weights) const {
  if (invalid_) return std::nullopt;
  double error = 0, total = 0;
  for (const Sums& bin : SumsOf(weights)) {
    error += std::abs(bin.probability - bin.positives);
    total += bin.weight;
  }
  if (!(total > 0)) return std::nullopt;
  return error / total;
}

std::optional<double> WeightedCalibration::MaximumError(absl::Span<const double> weights) const {
  std::optional<double> most;
  for (const ReliabilityBin& bin : Bins(weights)) {
    most = std::max(most.value_or(0), std::abs(bin.mean_probability - bin.frequency));
  }
  return most;
}

WeightedBrier::WeightedBrier(absl::Span<const double> probabilities, absl::Span<const bool> positive) {
  if (probabilities.size() != positive.size()) return;
  for (size_t i = 0; i < positive.size(); ++i) {
    const double difference = probabilities[i] - (positive[i] ? 1 : 0);
    errors_.push_back(difference * difference);
  }
}

WeightedBrier::WeightedBrier(absl::Span<const double> probabilities, absl::Span<const int> labels, int classes) {
  if (classes < 1 || probabilities.size() != labels.size() * classes) return;
  for (size_t i = 0; i < labels.size(); ++i) {
    double error = 0;
    for (int c = 0; c < classes; ++c) {
      const double difference = probabilities[i * classes + c] - (labels[i] == c ? 1 : 0);
      error += difference * difference;
    }
    errors_.push_back(error);
  }
}

std::optional<double> WeightedBrier::operator()(absl::Span<const double> weights) const { return WeightedMean(errors_, weights); }

}  // namespace asap
