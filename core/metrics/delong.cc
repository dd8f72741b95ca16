#include "core/metrics/delong.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/metrics/distributions.h"
#include "core/metrics/radix_sort.h"

namespace asap {
namespace {

// Ranks from 1, tied values sharing their mean.
std::vector<double> MidRanks(absl::Span<const double> values) {
  const std::vector<uint32_t> order = AscendingOrder(values);
  std::vector<double> ranks(values.size());
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (size_t i = begin; i < end; ++i) ranks[order[i]] = (static_cast<double>(begin + end) + 1) / 2;
    begin = end;
  }
  return ranks;
}

// The structural components: for each positive the share of negatives that it wins against, for each negative the share of
// positives that win against it.
struct Components {
  double auroc = 0;
  std::vector<double> positives, negatives;
};

std::optional<Components> ComponentsOf(absl::Span<const double> scores, absl::Span<const bool> positive) {
  if (scores.size() != positive.size()) return std::nullopt;
  std::vector<double> x, y;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (std::isnan(scores[i])) return std::nullopt;
    (positive[i] ? x : y).push_back(scores[i]);
  }
  const double m = static_cast<double>(x.size()), n = static_cast<double>(y.size());
  if (x.empty() || y.empty()) return std::nullopt;
  const std::vector<double> own_x = MidRanks(x), own_y = MidRanks(y);
  std::vector<double> both = x;
  both.insert(both.end(), y.begin(), y.end());
  const std::vector<double> ranks = MidRanks(both);
  Components out;
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    out.positives.push_back((ranks[i] - own_x[i]) / n);
    sum += ranks[i];
  }
  for (size_t i = 0; i < y.size(); ++i) out.negatives.push_back(1 - (ranks[x.size() + i] - own_y[i]) / m);
  out.auroc = (sum - m * (m + 1) / 2) / (m * n);
  return out;
}

// With n - 1; undefined for a single pair.
std::optional<double> Covariance(absl::Span<const double> a, absl::Span<const double> b) {
  if (a.size() < 2) return std::nullopt;
  double mean_a = 0, mean_b = 0, sum = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    mean_a += a[i];
    mean_b += b[i];
  }
  mean_a /= static_cast<double>(a.size());
  mean_b /= static_cast<double>(a.size());
  for (size_t i = 0; i < a.size(); ++i) sum += (a[i] - mean_a) * (b[i] - mean_b);
  return sum / static_cast<double>(a.size() - 1);
}

std::optional<double> Covariance(const Components& a, const Components& b) {
  const auto positives = Covariance(a.positives, b.positives), negatives = Covariance(a.negatives, b.negatives);
  if (!positives.has_value() || !negatives.has_value()) return std::nullopt;
  return *positives / static_cast<double>(a.positives.size()) + *negatives / static_cast<double>(a.negatives.size());
}

double HalfWidth(double level) { return NormalQuantile(0.5 + level / 2); }

}  // namespace

std::optional<std::pair<double, double>> DeLongAuroc::Wald(double level) const {
  if (!variance.has_value()) return std::nullopt;
  const double half = HalfWidth(level) * std::sqrt(*variance);
  return std::make_pair(auroc - half, auroc + half);
}

std::optional<std::pair<double, double>> DeLongAuroc::Logit(double level) const {
  if (!variance.has_value()) return std::nullopt;
  const double slope = auroc * (1 - auroc);
  if (!(slope > 0)) {
    const auto wald = *Wald(level);
    return std::make_pair(std::clamp(wald.first, 0.0, 1.0), std::clamp(wald.second, 0.0, 1.0));
  }
  const double center = std::log(auroc / (1 - auroc)), half = HalfWidth(level) * std::sqrt(*variance) / slope;
  const auto back = [](double x) { return 1 / (1 + std::exp(-x)); };
  return std::make_pair(back(center - half), back(center + half));
}

std::optional<DeLongAuroc> DeLong(absl::Span<const double> scores, absl::Span<const bool> positive) {
  const auto components = ComponentsOf(scores, positive);
  if (!components.has_value()) return std::nullopt;
  return DeLongAuroc{components->auroc, Covariance(*components, *components)};
}

std::optional<DeLongPaired> DeLongTest(absl::Span<const double> first, absl::Span<const double> second,
                                       absl::Span<const bool> positive) {
  const auto a = ComponentsOf(first, positive), b = ComponentsOf(second, positive);
  if (!a.has_value() || !b.has_value()) return std::nullopt;
  DeLongPaired out = {{a->auroc, Covariance(*a, *a)}, {b->auroc, Covariance(*b, *b)}, Covariance(*a, *b), {}, {}};
  if (!out.covariance.has_value()) return out;
  const double difference = a->auroc - b->auroc;
  const double variance = *out.first.variance + *out.second.variance - 2 * *out.covariance;
  // Rounding leaves a variance of about 1e-18 where there is none.
  const bool none = variance <= 1e-14 * (*out.first.variance + *out.second.variance);
  if (none && difference != 0) return out;
  out.z = none ? 0 : difference / std::sqrt(variance);
  out.p = NormalTwoSidedP(*out.z);
  return out;
}

}  // namespace asap
