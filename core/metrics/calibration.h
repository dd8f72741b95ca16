// How far predicted probabilities can be taken at their word: Brier score, calibration error, and the bins of a reliability
// curve.
#ifndef ASAP_CORE_METRICS_CALIBRATION_H_
#define ASAP_CORE_METRICS_CALIBRATION_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"

namespace asap {

// Where a probability on the edge of two bins goes. Upper: bins (low, high], 0 in the first. Lower: bins [low, high) with the
// edges of torch.linspace and a bin of its own for 1, as torchmetrics has them; they differ where probabilities are round
// numbers.
enum class BinEdges { kUpperClosed, kLowerClosed };

struct ReliabilityBin {
  int index = 0;                // of equal width, from 0
  double weight = 0;            // number of cases
  double mean_probability = 0;  // predicted
  double frequency = 0;         // share of positives: equal to the former where calibrated
};

// Probabilities in [0, 1] put into bins once; everything is undefined where one is outside or NaN, or where there is no weight.
class WeightedCalibration {
 public:
  WeightedCalibration(absl::Span<const double> probabilities, absl::Span<const bool> positive, int bins = 15,
                      BinEdges edges = BinEdges::kUpperClosed);

  // The bins that hold weight, in order.
  std::vector<ReliabilityBin> Bins(absl::Span<const double> weights = {}) const;
  // Mean over cases, and maximum over bins, of |mean probability - frequency|.
  std::optional<double> ExpectedError(absl::Span<const double> weights = {}) const;
  std::optional<double> MaximumError(absl::Span<const double> weights = {}) const;

  // The expected error is the statistic for the bootstrap.
  std::optional<double> operator()(absl::Span<const double> weights = {}) const { return ExpectedError(weights); }

 private:
  struct Sums {
    double weight = 0, probability = 0, positives = 0;
  };
  std::vector<Sums> SumsOf(absl::Span<const double> weights) const;

  struct Case {
    uint32_t index = 0;
    float positive = 0;  // 1 or 0
    double probability = 0;
  };
  bool invalid_ = false;
  std::vector<std::vector<Case>> bins_;  // each summed in one go; one more for the lower-closed 1
};

// Mean squared difference of probability and outcome. nullopt without weight or where a probability is NaN.
class WeightedBrier {
 public:
  WeightedBrier(absl::Span<const double> probabilities, absl::Span<const bool> positive);
  // The score of several classes sums the squares over them: `probabilities` is [n, K] row-major, `labels` each case's class.
  WeightedBrier(absl::Span<const double> probabilities, absl::Span<const int> labels, int classes);
  std::optional<double> operator()(absl::Span<const double> weights = {}) const;

 private:
  std::vector<double> errors_;  // squared, a case each
};

}  // namespace asap

#endif  // ASAP_CORE_METRICS_CALIBRATION_H_
