#include "core/metrics/bootstrap.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <memory>
#include <thread>
#include <unordered_map>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "core/base/cores.h"
#include "core/base/random.h"
#include "core/metrics/percentile.h"

namespace asap {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

// Infinite and NaN values count as undefined: they would spoil every percentile.
double ValueOf(const WeightedStatistic& statistic, absl::Span<const double> weights) {
  const std::optional<double> value = statistic(weights);
  return value.has_value() && std::isfinite(*value) ? *value : kUndefined;
}

std::optional<double> Defined(double value) { return std::isnan(value) ? std::nullopt : std::optional<double>(value); }

// The resample that a thread is at, and what OncePerResample has computed of it. Other threads neither read nor write it.
struct Resample {
  absl::Span<const double> weights;
  bool Has(absl::Span<const double> other) const { return other.data() == weights.data() && other.size() == weights.size(); }
  absl::flat_hash_map<std::shared_ptr<const StatisticsTogether>, std::vector<std::optional<double>>> computed;
};
thread_local Resample* this_resample = nullptr;

// [statistics][resamples], NaN where undefined.
std::vector<std::vector<double>> Resampled(const Patients& patients, absl::Span<const WeightedStatistic> statistics,
                                           const BootstrapOptions& options) {
  const int64_t resamples = patients.count == 0 ? 0 : std::max<int64_t>(options.resamples, 0);
  std::vector<std::vector<double>> values(statistics.size(), std::vector<double>(resamples, kUndefined));
  std::atomic<int64_t> next = 0;
  const auto work = [&] {
    std::vector<double> drawn(patients.count), weights(patients.of_case.size());
    Resample resample{.weights = weights};
    Resample* const outer = std::exchange(this_resample, &resample);  // none but in a bootstrap within a statistic
    for (int64_t r = next++; r < resamples; r = next++) {
      std::fill(drawn.begin(), drawn.end(), 0.0);
      CounterRng rng(options.seed, "bootstrap", r);
      for (uint32_t i = 0; i < patients.count; ++i) ++drawn[rng.UniformInt(0, patients.count - 1)];
      for (size_t i = 0; i < weights.size(); ++i) weights[i] = drawn[patients.of_case[i]];
      resample.computed.clear();
      for (size_t s = 0; s < statistics.size(); ++s) values[s][r] = ValueOf(statistics[s], weights);
    }
    this_resample = outer;
  };
  const int64_t wanted = options.threads > 0 ? options.threads : UsableCores();
  std::vector<std::thread> threads;
  for (int64_t t = 1; t < std::min(wanted, resamples); ++t) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  return values;
}

BootstrapEstimate Estimate(double value, std::vector<double> resampled, double level) {
  BootstrapEstimate estimate;
  estimate.value = Defined(value);
  estimate.resamples = static_cast<int64_t>(resampled.size());
  std::vector<double> defined;
  std::copy_if(resampled.begin(), resampled.end(), std::back_inserter(defined), [](double v) { return !std::isnan(v); });
  estimate.undefined = estimate.resamples - static_cast<int64_t>(defined.size());
  estimate.resampled = std::move(resampled);
  if (defined.size() < 2) return estimate;
  double mean = 0, squares = 0;
  for (const double v : defined) mean += v;
  mean /= static_cast<double>(defined.size());
  for (const double v : defined) squares += (v - mean) * (v - mean);
  estimate.standard_error = std::sqrt(squares / static_cast<double>(defined.size() - 1));
  estimate.low = Percentile(&defined, 50 * (1 - level));
  estimate.high = Percentile(&defined, 50 * (1 + level));
  return estimate;
}

}  // namespace

Patients PatientsOf(absl::Span<const std::string> patient_ids) {
  Patients patients;
  std::unordered_map<std::string, uint32_t> numbers;
  for (const std::string& id : patient_ids) {
    patients.of_case.push_back(numbers.emplace(id, static_cast<uint32_t>(numbers.size())).first->second);
  }
  patients.count = static_cast<uint32_t>(numbers.size());
  return patients;
}

Patients OnePatientPerCase(size_t cases) {
  Patients patients;
  patients.count = static_cast<uint32_t>(cases);
  for (uint32_t i = 0; i < patients.count; ++i) patients.of_case.push_back(i);
  return patients;
}

std::vector<BootstrapEstimate> Bootstrap(const Patients& patients, absl::Span<const WeightedStatistic> statistics,
                                         const BootstrapOptions& options) {
  auto resampled = Resampled(patients, statistics, options);
  std::vector<BootstrapEstimate> estimates;
  for (size_t s = 0; s < statistics.size(); ++s) {
    estimates.push_back(Estimate(ValueOf(statistics[s], {}), std::move(resampled[s]), options.level));
  }
  return estimates;
}

PairedComparison ComparePaired(const BootstrapEstimate& first, const BootstrapEstimate& second, double level) {
  PairedComparison out{.first = first, .second = second};
  std::vector<double> differences(std::min(first.resampled.size(), second.resampled.size()));
  int64_t defined = 0, not_above = 0, not_below = 0;
  for (size_t r = 0; r < differences.size(); ++r) {
    differences[r] = first.resampled[r] - second.resampled[r];
    defined += !std::isnan(differences[r]);
    not_above += differences[r] <= 0;
    not_below += differences[r] >= 0;
  }
  const double difference = first.value.value_or(kUndefined) - second.value.value_or(kUndefined);
  out.difference = Estimate(difference, std::move(differences), level);
  if (!out.difference.value.has_value() || defined < 2) return out;
  out.p = std::min(1.0, 2.0 * static_cast<double>(1 + std::min(not_above, not_below)) / static_cast<double>(1 + defined));
  if (*out.difference.standard_error > 0) out.effect = *out.difference.value / *out.difference.standard_error;
  return out;
}

PairedComparison ComparePaired(const Patients& patients, const WeightedStatistic& first, const WeightedStatistic& second,
                               const BootstrapOptions& options) {
  const std::vector<BootstrapEstimate> estimates = Bootstrap(patients, {first, second}, options);
  return ComparePaired(estimates[0], estimates[1], options.level);
}

std::vector<WeightedStatistic> OncePerResample(size_t count, StatisticsTogether compute) {
  const auto shared = std::make_shared<const StatisticsTogether>(std::move(compute));
  std::vector<WeightedStatistic> statistics;
  for (size_t i = 0; i < count; ++i) {
    statistics.push_back([shared, count, i](absl::Span<const double> weights) {
      const auto computed = [&] {
        std::vector<std::optional<double>> values(count);
        (*shared)(weights, absl::MakeSpan(values));
        return values;
      };
      // Other weights than the resample's own may be called for within it, as those of some of its cases.
      if (this_resample == nullptr || !this_resample->Has(weights)) return computed()[i];
      auto found = this_resample->computed.find(shared);
      if (found == this_resample->computed.end()) found = this_resample->computed.emplace(shared, computed()).first;
      return found->second[i];
    });
  }
  return statistics;
}

WeightedStatistic MeanStatistic(std::vector<WeightedStatistic> parts) {
  return [parts = std::move(parts)](absl::Span<const double> weights) -> std::optional<double> {
    double sum = 0;
    for (const WeightedStatistic& part : parts) {
      const std::optional<double> value = part(weights);
      if (!value.has_value()) return std::nullopt;
      sum += *value;
    }
    if (parts.empty()) return std::nullopt;
    return sum / static_cast<double>(parts.size());
  };
}

std::vector<size_t> UndefinedOnAll(absl::Span<const WeightedStatistic> statistics) {
  std::vector<size_t> undefined;
  for (size_t i = 0; i < statistics.size(); ++i) {
    if (std::isnan(ValueOf(statistics[i], {}))) undefined.push_back(i);
  }
  return undefined;
}

}  // namespace asap
