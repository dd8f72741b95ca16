// Scores of decisions, not of probabilities: accuracy, precision, recall and F1 of a confusion matrix (one class a case) and of
// several labels a case. Conventions are scikit-learn's: a ratio without denominator counts as 0 in a mean over classes.
#ifndef ASAP_CORE_METRICS_CONFUSION_H_
#define ASAP_CORE_METRICS_CONFUSION_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"

namespace asap {

// How classes become one number: counts pooled, mean over classes, mean weighted by the classes' true cases, mean over cases.
enum class Average { kMicro, kMacro, kWeighted, kSamples };
enum class DecisionScore { kPrecision, kRecall, kF1 };

// How often decisions for one class against the rest were right and wrong.
struct DecisionCounts {
  double true_positives = 0, false_positives = 0, false_negatives = 0;
  std::optional<double> Score(DecisionScore score) const;  // nullopt where the denominator is 0
};

// Pooled, or a mean over the classes, plain or weighted by their true cases; kSamples needs the cases and is none of it.
std::optional<double> ScoreOfCounts(absl::Span<const DecisionCounts> classes, DecisionScore score, Average average);

// True where the probability is above the threshold, strictly.
std::vector<char> AboveThreshold(absl::Span<const double> probabilities, double threshold = 0.5);
// The class of the highest value in each row of `values` [n, classes], the first of equals.
std::vector<int> Argmax(absl::Span<const double> values, int classes);

// One class a case. A two-class task whose single output is thresholded is classes 0 and 1 here, both of which count: its micro
// F1 is the accuracy.
class WeightedMulticlass {
 public:
  // Labels in [0, classes); others make everything undefined.
  WeightedMulticlass(absl::Span<const int> predicted, absl::Span<const int> truth, int classes);

  // [classes, classes] row-major, rows = truth.
  std::vector<double> Confusion(absl::Span<const double> weights = {}) const;
  std::optional<double> Accuracy(absl::Span<const double> weights = {}) const;
  // kSamples is the accuracy. Classes that are neither true nor predicted are left out of the means.
  std::optional<double> Score(DecisionScore score, Average average, absl::Span<const double> weights = {}) const;

 private:
  int classes_;
  std::vector<uint32_t> cell_;  // truth * classes + predicted
  bool invalid_ = false;
};

// Several yes/no labels a case; [n, labels] row-major, non-zero is yes.
class WeightedMultilabel {
 public:
  WeightedMultilabel(absl::Span<const char> predicted, absl::Span<const char> truth, int labels);

  std::vector<DecisionCounts> Counts(absl::Span<const double> weights = {}) const;  // a label each
  std::optional<double> Score(DecisionScore score, Average average, absl::Span<const double> weights = {}) const;
  std::optional<double> Accuracy(absl::Span<const double> weights = {}) const;        // share of equal entries
  std::optional<double> SubsetAccuracy(absl::Span<const double> weights = {}) const;  // share of cases with all labels right
  // Labels that the score says nothing of and counts as 0, to be named beside the mean.
  std::vector<int> Undefined(DecisionScore score) const;

 private:
  DecisionCounts CaseCounts(size_t index) const;

  int labels_;
  size_t cases_ = 0;
  std::vector<char> predicted_, truth_;
  std::vector<double> right_;  // share of equal entries, by case
  // The cases of each label that counts are sums over: most are true negatives, which no count asks for.
  struct CountedCases {
    std::vector<uint32_t> true_positives, false_positives, false_negatives;
  };
  std::vector<CountedCases> counted_;
};

}  // namespace asap

#endif  // ASAP_CORE_METRICS_CONFUSION_H_
