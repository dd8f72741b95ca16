#include "core/metrics/segmentation/nearest.h"

#include <cmath>
#include <limits>

#include "core/base/random.h"
#include "core/metrics/segmentation/distance_transform.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

PointGrid Random(const GridSize& size, double share, uint64_t seed) {
  PointGrid grid(size);
  CounterRng rng(seed);
  for (uint8_t& set : grid.set) set = rng.Bernoulli(share);
  return grid;
}

// From every point to every set one.
std::vector<double> BruteForce(const PointGrid& from, const PointGrid& to, const GridSpacing& spacing) {
  const auto [nx, ny, nz] = from.size;
  std::vector<double> distances;
  const auto each = [&, ny = ny, nz = nz](const PointGrid& grid, auto visit) {
    for (int64_t i = 0; i < static_cast<int64_t>(grid.set.size()); ++i) {
      if (grid.set[i]) visit(i / nz / ny, i / nz % ny, i % nz);
    }
  };
  each(from, [&](int64_t x, int64_t y, int64_t z) {
    double best = std::numeric_limits<double>::infinity();
    each(to, [&](int64_t u, int64_t v, int64_t w) {
      const double dx = static_cast<double>(x - u) * spacing[0], dy = static_cast<double>(y - v) * spacing[1],
                   dz = static_cast<double>(z - w) * spacing[2];
      best = std::min(best, dx * dx + dy * dy + dz * dz);
    });
    distances.push_back(std::sqrt(best));
  });
  return distances;
}

TEST(Nearest, EqualsBruteForceNearAndFar) {
  const GridSpacing spacings[] = {{1, 1, 1}, {1.5, 1.5, 3}, {5, 0.7, 0.9}, {0.1, 2, 1}};
  uint64_t seed = 50;
  for (const GridSpacing& spacing : spacings) {
    for (const double share : {0.3, 0.01, 0.0007}) {  // the sparsest is beyond the search, so the transform answers
      const PointGrid from = Random({17, 9, 23}, 0.2, ++seed), to = Random({17, 9, 23}, share, ++seed);
      EXPECT_EQ(NearestDistances(from, to, spacing), BruteForce(from, to, spacing)) << share << " " << spacing[0];
    }
  }
}

TEST(Nearest, FarApartAlongEachAxis) {
  for (int axis = 0; axis < 3; ++axis) {
    GridSize size = {3, 3, 3};
    size[axis] = 70;
    PointGrid from(size), to(size);
    from.set.front() = to.set.back() = 1;
    EXPECT_EQ(NearestDistances(from, to, {1, 1, 1})[0], std::sqrt(69.0 * 69 + 4 + 4)) << axis;
  }
  EXPECT_TRUE(std::isinf(NearestDistances(Random({2, 2, 2}, 1, 1), PointGrid({2, 2, 2}), {1, 1, 1})[0]));
}

TEST(DistanceTransform, EqualsBruteForceEverywhere) {
  for (const double share : {0.2, 0.004}) {
    const PointGrid to = Random({14, 21, 11}, share, 60), all = Random({14, 21, 11}, 2, 61);
    const GridSpacing spacing = {0.8, 1.3, 2.5};
    const std::vector<double> squared = SquaredDistanceTransform(to, spacing), expected = BruteForce(all, to, spacing);
    for (size_t i = 0; i < squared.size(); ++i) ASSERT_NEAR(std::sqrt(squared[i]), expected[i], 1e-12) << i;
  }
  for (const double d : SquaredDistanceTransform(PointGrid({3, 4, 5}), {1, 1, 1})) EXPECT_TRUE(std::isinf(d));
}

}  // namespace
}  // namespace asap
