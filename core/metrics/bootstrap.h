// Bootstrap over patients: intervals of statistics, and the paired comparison of two models on the same cases.
//
//   WeightedAuroc auroc(scores, labels);
//   BootstrapEstimate estimate = Bootstrap(patients, {auroc}, {})[0];   // value, 95 % interval, undefined resamples
//
// A resample draws as many patients as there are, with replacement; a patient's cases come together. It reaches a statistic as
// one weight a case (how often its patient was drawn), so a statistic that is sorted once costs O(n) a resample. Draws are
// counter-based: results depend on the seed alone, not on threads or on which statistics are evaluated beside.
#ifndef ASAP_CORE_METRICS_BOOTSTRAP_H_
#define ASAP_CORE_METRICS_BOOTSTRAP_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"

namespace asap {

// nullopt where the statistic is undefined for these weights. Called from several threads at once.
using WeightedStatistic = std::function<std::optional<double>(absl::Span<const double> weights)>;

// The patient of each case, numbered by first appearance.
struct Patients {
  std::vector<uint32_t> of_case;
  uint32_t count = 0;
};
Patients PatientsOf(absl::Span<const std::string> patient_ids);
// Each case is a patient of its own.
Patients OnePatientPerCase(size_t cases);

struct BootstrapOptions {
  int64_t resamples = 2000;
  double level = 0.95;
  uint64_t seed = 0;
  int threads = 0;  // 0: as many as the machine has
};

struct BootstrapEstimate {
  std::optional<double> value;      // on the cases as they are
  std::optional<double> low, high;  // percentiles of the resamples in which the statistic is defined; none with fewer than two
  std::optional<double> standard_error;
  int64_t resamples = 0;
  int64_t undefined = 0;          // resamples left out because the statistic was undefined: say so beside the interval
  std::vector<double> resampled;  // the value of each resample, NaN where undefined: what a comparison needs
};

// All statistics on the same resamples, in one pass.
std::vector<BootstrapEstimate> Bootstrap(const Patients& patients, absl::Span<const WeightedStatistic> statistics,
                                         const BootstrapOptions& options);

struct PairedComparison {
  BootstrapEstimate first, second;
  // The estimate of first - second, on resamples in which both are defined.
  BootstrapEstimate difference;
  // Two-sided: twice the share of resamples on the other side of 0 (at 0 counts), by the rule (1 + count) / (1 + B); at most 1,
  // and never 0. The interval leaves out 0 where it is below 1 - level, but for that rule.
  std::optional<double> p;
  // The difference over its bootstrap standard error: how many standard errors the models lie apart. None where that error is 0.
  std::optional<double> effect;
};

// Two models on the same cases: both statistics see the same weights, so what is hard for both cancels out.
PairedComparison ComparePaired(const Patients& patients, const WeightedStatistic& first, const WeightedStatistic& second,
                               const BootstrapOptions& options);
// The same from estimates of the same patients with the same options: nothing is computed again.
PairedComparison ComparePaired(const BootstrapEstimate& first, const BootstrapEstimate& second, double level);

// Fills `values`, which are undefined so far, with the statistics that one computation yields.
using StatisticsTogether = std::function<void(absl::Span<const double> weights, absl::Span<std::optional<double>> values)>;
// Those statistics one by one. Within a resample of Bootstrap they are computed once, however many of them are asked for and of
// however many means they are a part. Elsewhere each call computes.
std::vector<WeightedStatistic> OncePerResample(size_t count, StatisticsTogether compute);

// The mean of several statistics of the same cases: over runs that differ in their seed, or over classes. Undefined where one of
// them is, so that a mean is of the same things in every resample; leave out beforehand, and name, what UndefinedOnAll finds.
WeightedStatistic MeanStatistic(std::vector<WeightedStatistic> parts);
std::vector<size_t> UndefinedOnAll(absl::Span<const WeightedStatistic> statistics);

}  // namespace asap

#endif  // ASAP_CORE_METRICS_BOOTSTRAP_H_
