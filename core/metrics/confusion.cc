#include "core/metrics/confusion.h"

#include <algorithm>

#include "core/metrics/weighted_mean.h"

namespace asap {
std::optional<double> DecisionCounts::Score(DecisionScore score) const {
  double above = true_positives, below = true_positives;
  if (score == DecisionScore::kPrecision) below += false_positives;
  if (score == DecisionScore::kRecall) below += false_negatives;
  if (score == DecisionScore::kF1) {
    above = 2 * true_positives;
    below = above + false_positives + false_negatives;
  }
  if (!(below > 0)) return std::nullopt;
  return above / below;
}

std::optional<double> ScoreOfCounts(absl::Span<const DecisionCounts> classes, DecisionScore score, Average average) {
  DecisionCounts pooled;
  double sum = 0, count = 0;
  for (const DecisionCounts& counts : classes) {
    pooled.true_positives += counts.true_positives;
    pooled.false_positives += counts.false_positives;
    pooled.false_negatives += counts.false_negatives;
    const double weight = average == Average::kWeighted ? counts.true_positives + counts.false_negatives : 1.0;
    sum += weight * counts.Score(score).value_or(0);
    count += weight;
  }
  if (average == Average::kMicro) return pooled.Score(score).value_or(0);
  if (classes.empty()) return std::nullopt;
  return count > 0 ? sum / count : 0.0;
}

std::vector<char> AboveThreshold(absl::Span<const double> probabilities, double threshold) {
  std::vector<char> above;
  above.reserve(probabilities.size());
  for (const double p : probabilities) above.push_back(p > threshold);
  return above;
}

std::vector<int> Argmax(absl::Span<const double> values, int classes) {
  std::vector<int> labels;
  for (size_t begin = 0; begin + classes <= values.size(); begin += classes) {
    const auto row = values.subspan(begin, classes);
    labels.push_back(static_cast<int>(std::max_element(row.begin(), row.end()) - row.begin()));
  }
  return labels;
}

WeightedMulticlass::WeightedMulticlass(absl::Span<const int> predicted, absl::Span<const int> truth, int classes)
    : classes_(std::max(classes, 0)), invalid_(predicted.size() != truth.size()) {
  for (size_t i = 0; i < truth.size() && !invalid_; ++i) {
    invalid_ = std::min(predicted[i], truth[i]) < 0 || std::max(predicted[i], truth[i]) >= classes;
    cell_.push_back(static_cast<uint32_t>(truth[i] * classes + predicted[i]));
  }
  if (invalid_) cell_.clear();
}

std::vector<double> WeightedMulticlass::Confusion(absl::Span<const double> weights) const {
  std::vector<double> cells(static_cast<size_t>(classes_) * classes_);
  for (size_t i = 0; i < cell_.size(); ++i) cells[cell_[i]] += weights.empty() ? 1.0 : weights[i];
  return cells;
}

std::optional<double> WeightedMulticlass::Accuracy(absl::Span<const double> weights) const {
  return Score(DecisionScore::kF1, Average::kMicro, weights);
}

std::optional<double> WeightedMulticlass::Score(DecisionScore score, Average average, absl::Span<const double> weights) const {
  const std::vector<double> cells = Confusion(weights);
  std::vector<DecisionCounts> present;
  for (int c = 0; c < classes_; ++c) {
    DecisionCounts counts;
    counts.true_positives = cells[c * classes_ + c];
    for (int other = 0; other < classes_; ++other) {
      if (other == c) continue;
      counts.false_negatives += cells[c * classes_ + other];
      counts.false_positives += cells[other * classes_ + c];
    }
    if (counts.true_positives + counts.false_negatives + counts.false_positives > 0) present.push_back(counts);
  }
  if (present.empty()) return std::nullopt;
  return ScoreOfCounts(present, score, average == Average::kSamples ? Average::kMicro : average);
}

WeightedMultilabel::WeightedMultilabel(absl::Span<const char> predicted, absl::Span<const char> truth, int labels)
    : labels_(labels) {
  if (labels < 1 || predicted.size() != truth.size() || truth.size() % labels != 0) return;
  cases_ = truth.size() / labels;
  predicted_.assign(predicted.begin(), predicted.end());
  truth_.assign(truth.begin(), truth.end());
  counted_.resize(labels);
  for (uint32_t i = 0; i < cases_; ++i) {
    const DecisionCounts counts = CaseCounts(i);
    right_.push_back(1 - (counts.false_positives + counts.false_negatives) / labels_);
    for (int c = 0; c < labels; ++c) {
      const bool said = predicted[i * labels + c], is = truth[i * labels + c];
      if (said && is) counted_[c].true_positives.push_back(i);
      if (said && !is) counted_[c].false_positives.push_back(i);
      if (!said && is) counted_[c].false_negatives.push_back(i);
    }
  }
}

std::vector<DecisionCounts> WeightedMultilabel::Counts(absl::Span<const double> weights) const {
  const auto sum = [&](const std::vector<uint32_t>& cases) {
    if (weights.empty()) return static_cast<double>(cases.size());
    double weight = 0;
    for (const uint32_t i : cases) weight += weights[i];
    return weight;
  };
  std::vector<DecisionCounts> counts(labels_);
  for (size_t c = 0; c < counted_.size(); ++c) {
    counts[c] = {sum(counted_[c].true_positives), sum(counted_[c].false_positives), sum(counted_[c].false_negatives)};
  }
  return counts;
}

DecisionCounts WeightedMultilabel::CaseCounts(size_t index) const {
  DecisionCounts counts;
  for (int c = 0; c < labels_; ++c) {
    const bool predicted = predicted_[index * labels_ + c], truth = truth_[index * labels_ + c];
    counts.true_positives += predicted && truth;
    counts.false_positives += predicted && !truth;
    counts.false_negatives += !predicted && truth;
  }
  return counts;
}

std::optional<double> WeightedMultilabel::Score(DecisionScore score, Average average, absl::Span<const double> weights) const {
  if (cases_ == 0) return std::nullopt;
  if (average != Average::kSamples) return ScoreOfCounts(Counts(weights), score, average);
  std::vector<double> values;
  for (size_t i = 0; i < cases_; ++i) values.push_back(CaseCounts(i).Score(score).value_or(0));
  return WeightedMean(values, weights);
}

std::optional<double> WeightedMultilabel::Accuracy(absl::Span<const double> weights) const {
  return WeightedMean(right_, weights);
}

std::optional<double> WeightedMultilabel::SubsetAccuracy(absl::Span<const double> weights) const {
  std::vector<double> values;
  for (size_t i = 0; i < cases_; ++i) {
    const DecisionCounts counts = CaseCounts(i);
    values.push_back(counts.false_positives + counts.false_negatives == 0);
  }
  return WeightedMean(values, weights);
}

std::vector<int> WeightedMultilabel::Undefined(DecisionScore score) const {
  std::vector<int> labels;
  const std::vector<DecisionCounts> counts = Counts({});
  for (int c = 0; c < labels_; ++c) {
    if (!counts[c].Score(score).has_value()) labels.push_back(c);
  }
  return labels;
}

}  // namespace asap
