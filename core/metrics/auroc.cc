#include "core/metrics/auroc.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace asap {

std::optional<double> Auroc(absl::Span<const double> scores, absl::Span<const bool> positive) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  for (double score : scores) {
    if (std::isnan(score)) return std::nullopt;
  }
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] < scores[b]; });
  double rank_sum = 0, positives = 0;
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin;
    double tied_positives = 0;
    while (end < order.size() && scores[order[end]] == scores[order[begin]]) tied_positives += positive[order[end++]];
    rank_sum += tied_positives * (static_cast<double>(begin + end) + 1) / 2;  // ranks begin + 1 ... end share their mean
    positives += tied_positives;
    begin = end;
  }
  const double negatives = static_cast<double>(scores.size()) - positives;
  if (positives == 0 || negatives == 0) return std::nullopt;
  return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives);
}

}  // namespace asap
