// The points of ROC and precision-recall curves, to be drawn.
#ifndef ASAP_CORE_METRICS_ROC_H_
#define ASAP_CORE_METRICS_ROC_H_

#include <vector>

#include "core/metrics/ranked_scores.h"

namespace asap {

struct RocPoint {
  double false_positive_rate = 0, true_positive_rate = 0;
  double threshold = 0;  // "score >= threshold" is positive; infinite at (0, 0)
};

// From (0, 0) to (1, 1), a point a distinct score, points on straight lines left out: the trapezoids below are the AUROC. Where
// more than `most` points remain (0: no limit; else at least 2), those whose loss moves the curve least go first. Empty without
// both classes or where a score is NaN. `scores` are those that `ranked` was made of.
std::vector<RocPoint> RocCurve(const RankedScores& ranked, absl::Span<const double> scores, size_t most = 0);

struct PrecisionRecallPoint {
  double recall = 0, precision = 0;
  double threshold = 0;
};

// By rising recall, starting at recall 0 with the precision of the highest score; steps, not lines, join the points (average
// precision does not interpolate). Thinned as above.
std::vector<PrecisionRecallPoint> PrecisionRecallCurve(const RankedScores& ranked, absl::Span<const double> scores,
                                                       size_t most = 0);

}  // namespace asap

#endif  // ASAP_CORE_METRICS_ROC_H_
