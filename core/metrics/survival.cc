#include "core/metrics/survival.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "core/metrics/distributions.h"
#include "core/metrics/radix_sort.h"

namespace asap {
namespace {

bool Usable(absl::Span<const double> times, absl::Span<const bool> events) {
  return times.size() == events.size() && std::none_of(times.begin(), times.end(), [](double t) { return std::isnan(t); });
}

// x' A^-1 x of a symmetric [n, n] matrix by elimination with pivots; nullopt where it is singular.
std::optional<double> QuadraticForm(std::vector<double> a, const std::vector<double>& x) {
  const size_t n = x.size();
  std::vector<double> b = x;
  const double scale = *std::max_element(a.begin(), a.end());
  for (size_t k = 0; k < n; ++k) {
    size_t pivot = k;
    for (size_t i = k + 1; i < n; ++i) {
      if (std::abs(a[i * n + k]) > std::abs(a[pivot * n + k])) pivot = i;
    }
    if (!(std::abs(a[pivot * n + k]) > 1e-13 * scale)) return std::nullopt;
    for (size_t j = 0; j < n; ++j) std::swap(a[k * n + j], a[pivot * n + j]);
    std::swap(b[k], b[pivot]);
    for (size_t i = k + 1; i < n; ++i) {
      const double factor = a[i * n + k] / a[k * n + k];
      for (size_t j = k; j < n; ++j) a[i * n + j] -= factor * a[k * n + j];
      b[i] -= factor * b[k];
    }
  }
  double form = 0;
  for (size_t k = n; k-- > 0;) {
    for (size_t j = k + 1; j < n; ++j) b[k] -= a[k * n + j] * b[j];
    b[k] /= a[k * n + k];
    form += x[k] * b[k];
  }
  return form;
}

}  // namespace

std::vector<SurvivalPoint> KaplanMeier(absl::Span<const double> times, absl::Span<const bool> events, double level) {
  std::vector<SurvivalPoint> curve;
  if (!Usable(times, events)) return curve;
  const std::vector<uint32_t> order = AscendingOrder(times);
  const double z = NormalQuantile(0.5 + level / 2);
  double at_risk = static_cast<double>(times.size()), survival = 1, greenwood = 0;
  for (size_t begin = 0; begin < order.size();) {
    SurvivalPoint point = {.time = times[order[begin]], .at_risk = at_risk};
    for (; begin < order.size() && times[order[begin]] == point.time; ++begin) {
      (events[order[begin]] ? point.events : point.censored) += 1;
    }
    survival *= 1 - point.events / at_risk;
    if (point.events < at_risk) greenwood += point.events / (at_risk * (at_risk - point.events));
    point.survival = point.low = point.high = survival;
    if (survival > 0 && survival < 1) {
      const double width = z * std::sqrt(greenwood) / std::log(survival);
      point.low = std::pow(survival, std::exp(-width));
      point.high = std::pow(survival, std::exp(width));
    }
    at_risk -= point.events + point.censored;
    curve.push_back(point);
  }
  return curve;
}

std::optional<double> MedianSurvival(absl::Span<const SurvivalPoint> curve) {
  for (const SurvivalPoint& point : curve) {
    if (point.survival <= 0.5) return point.time;
  }
  return std::nullopt;
}

std::vector<int> RiskGroups(absl::Span<const double> risks, int groups) {
  const std::vector<uint32_t> order = AscendingOrder(risks);
  std::vector<int> group(risks.size());
  size_t lower = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i > 0 && risks[order[i]] != risks[order[i - 1]]) lower = i;
    group[order[i]] = static_cast<int>(lower * groups / order.size());
  }
  return group;
}

std::optional<LogRankTest> LogRank(absl::Span<const double> times, absl::Span<const bool> events, absl::Span<const int> group,
                                   int groups) {
  if (!Usable(times, events) || group.size() != times.size() || groups < 1) return std::nullopt;
  std::vector<double> at_risk(groups);
  for (const int g : group) {
    if (g < 0 || g >= groups) return std::nullopt;
    ++at_risk[g];
  }
  std::vector<int> present;
  for (int g = 0; g < groups; ++g) {
    if (at_risk[g] > 0) present.push_back(g);
  }
  if (present.size() < 2) return std::nullopt;
  LogRankTest test;
  test.observed.resize(groups);
  test.expected.resize(groups);
  test.freedom = static_cast<int>(present.size()) - 1;
  const size_t n = test.freedom;  // the last group follows from the others
  std::vector<double> covariance(n * n);
  const std::vector<uint32_t> order = AscendingOrder(times);
  double all = static_cast<double>(times.size());
  for (size_t begin = 0; begin < order.size();) {
    const double time = times[order[begin]];
    std::vector<double> leaving(groups);
    double deaths = 0;
    for (; begin < order.size() && times[order[begin]] == time; ++begin) {
      const uint32_t i = order[begin];
      ++leaving[group[i]];
      test.observed[group[i]] += events[i];
      deaths += events[i];
    }
    for (const int g : present) test.expected[g] += deaths * at_risk[g] / all;
    if (all > 1 && deaths > 0) {
      const double factor = deaths * (all - deaths) / (all - 1);
      for (size_t i = 0; i < n; ++i) {
        for (size_t j = 0; j < n; ++j) {
          const double a = at_risk[present[i]] / all, b = at_risk[present[j]] / all;
          covariance[i * n + j] += factor * a * ((i == j) - b);
        }
      }
    }
    for (const int g : present) {
      at_risk[g] -= leaving[g];
      all -= leaving[g];
    }
  }
  std::vector<double> difference;
  for (size_t i = 0; i < n; ++i) difference.push_back(test.observed[present[i]] - test.expected[present[i]]);
  const std::optional<double> chi_squared = QuadraticForm(covariance, difference);
  if (!chi_squared.has_value()) return std::nullopt;
  test.chi_squared = *chi_squared;
  test.p = ChiSquaredUpperTail(test.chi_squared, test.freedom);
  return test;
}

double DiscreteHazardNll(absl::Span<const double> logits, int bins, absl::Span<const int> time, absl::Span<const bool> events) {
  if (bins < 1 || time.empty() || time.size() != events.size() || logits.size() != time.size() * bins) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  double sum = 0;
  for (size_t i = 0; i < time.size(); ++i) {
    if (time[i] < 0 || time[i] >= bins) return std::numeric_limits<double>::quiet_NaN();
    double survival = 1, before = 1, hazard = 0;
    for (int t = 0; t <= time[i]; ++t) {
      hazard = 1 / (1 + std::exp(-logits[i * bins + t]));
      before = survival;
      survival *= 1 - hazard;
    }
    sum -= std::log((events[i] ? hazard * before : survival) + 1e-8);
  }
  return sum / static_cast<double>(time.size());
}

}  // namespace asap
