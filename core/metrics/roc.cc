#include "core/metrics/roc.h"

#include <cmath>
#include <limits>
#include <queue>
#include <utility>

namespace asap {
namespace {

// Visvalingam & Whyatt (1993): takes out the point whose triangle with its neighbours is the smallest, until `most` are left and
// no triangle is flat. `x` and `y` give a point's place.
template <typename Point, typename X, typename Y>
std::vector<Point> Thinned(const std::vector<Point>& points, size_t most, bool drop_flat, X x, Y y) {
  const size_t n = points.size();
  if (n <= 2 || (!drop_flat && (most == 0 || n <= most))) return points;
  std::vector<size_t> previous(n), next(n);
  std::vector<char> gone(n);
  for (size_t i = 0; i < n; ++i) {
    previous[i] = i == 0 ? 0 : i - 1;
    next[i] = i + 1;
  }
  std::vector<double> area(n, std::numeric_limits<double>::infinity());
  const auto triangle = [&](size_t i) {
    const Point &a = points[previous[i]], &b = points[i], &c = points[next[i]];
    return std::abs((x(b) - x(a)) * (y(c) - y(a)) - (x(c) - x(a)) * (y(b) - y(a))) / 2;
  };
  using Entry = std::pair<double, size_t>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<Entry>> queue;
  for (size_t i = 1; i + 1 < n; ++i) queue.emplace(area[i] = triangle(i), i);
  constexpr double kFlat = 1e-15;
  size_t left = n;
  while (!queue.empty()) {
    const auto [smallest, i] = queue.top();
    const bool too_many = most > 0 && left > std::max<size_t>(most, 2);
    if (!too_many && !(drop_flat && smallest <= kFlat)) break;
    queue.pop();
    if (gone[i] || smallest != area[i]) continue;
    gone[i] = true;
    --left;
    next[previous[i]] = next[i];
    previous[next[i]] = previous[i];
    for (const size_t neighbour : {previous[i], next[i]}) {
      if (neighbour > 0 && neighbour + 1 < n) queue.emplace(area[neighbour] = triangle(neighbour), neighbour);
    }
  }
  std::vector<Point> kept;
  for (size_t i = 0; i < n; ++i) {
    if (!gone[i]) kept.push_back(points[i]);
  }
  return kept;
}

}  // namespace

std::vector<RocPoint> RocCurve(const RankedScores& ranked, absl::Span<const double> scores, size_t most) {
  const RankedScores::Totals totals = ranked.Sums({});
  if (ranked.invalid() || totals.negatives == 0 || totals.positives == 0) return {};
  std::vector<RocPoint> points = {{0, 0, std::numeric_limits<double>::infinity()}};
  double negatives = 0, positives = 0;
  ranked.Descending({}, [&](double tied_negatives, double tied_positives, uint32_t index) {
    negatives += tied_negatives;
    positives += tied_positives;
    points.push_back({negatives / totals.negatives, positives / totals.positives, scores[index]});
  });
  return Thinned(
      points, most, /*drop_flat=*/true, [](const RocPoint& p) { return p.false_positive_rate; },
      [](const RocPoint& p) { return p.true_positive_rate; });
}

std::vector<PrecisionRecallPoint> PrecisionRecallCurve(const RankedScores& ranked, absl::Span<const double> scores, size_t most) {
  const RankedScores::Totals totals = ranked.Sums({});
  if (ranked.invalid() || totals.positives == 0) return {};
  std::vector<PrecisionRecallPoint> points;
  double chosen = 0, positives = 0;
  ranked.Descending({}, [&](double tied_negatives, double tied_positives, uint32_t index) {
    chosen += tied_negatives + tied_positives;
    positives += tied_positives;
    if (points.empty()) points.push_back({0, positives / chosen, std::numeric_limits<double>::infinity()});
    points.push_back({positives / totals.positives, positives / chosen, scores[index]});
  });
  return Thinned(
      points, most, /*drop_flat=*/false, [](const PrecisionRecallPoint& p) { return p.recall; },
      [](const PrecisionRecallPoint& p) { return p.precision; });
}

}  // namespace asap
