// DeLong's variance of an AUROC and the covariance of two on the same cases, in O(n log n) by mid-ranks (Sun & Xu, 2014): the
// cross-check of the bootstrap. Cases count as independent, so it is right for one case a patient only.
#ifndef ASAP_CORE_METRICS_DELONG_H_
#define ASAP_CORE_METRICS_DELONG_H_

#include <optional>
#include <utility>

#include "absl/types/span.h"

namespace asap {

struct DeLongAuroc {
  double auroc = 0;
  std::optional<double> variance;  // undefined with one positive or one negative only

  // auroc -+ z * standard error: may leave [0, 1], and has no width where the classes part perfectly.
  std::optional<std::pair<double, double>> Wald(double level = 0.95) const;
  // The same on the scale of log(a / (1 - a)), which stays within (0, 1); at an AUROC of 0 or 1 the Wald interval clipped to [0,
  // 1].
  std::optional<std::pair<double, double>> Logit(double level = 0.95) const;
};

// nullopt without both classes or where a score is NaN.
std::optional<DeLongAuroc> DeLong(absl::Span<const double> scores, absl::Span<const bool> positive);

struct DeLongPaired {
  DeLongAuroc first, second;
  std::optional<double> covariance;
  // The difference over its standard error, and the two-sided p. Undefined where the variances are, or the difference has none
  // and is not 0; of two equal rankings z is 0 and p is 1.
  std::optional<double> z, p;
};

// Two models' scores of the same cases.
std::optional<DeLongPaired> DeLongTest(absl::Span<const double> first, absl::Span<const double> second,
                                       absl::Span<const bool> positive);

}  // namespace asap

#endif  // ASAP_CORE_METRICS_DELONG_H_
