#include "core/metrics/segmentation/surface_distance.h"

#include <algorithm>

#include "gtest/gtest.h"

namespace asap {
namespace {

struct Mask {
  GridSize size;
  std::vector<uint8_t> voxels;
  explicit Mask(const GridSize& s) : size(s), voxels(s[0] * s[1] * s[2]) {}
  Mask& Fill(const GridSize& begin, const GridSize& end) {
    for (int64_t x = begin[0]; x < end[0]; ++x) {
      for (int64_t y = begin[1]; y < end[1]; ++y) {
        for (int64_t z = begin[2]; z < end[2]; ++z) voxels[(x * size[1] + y) * size[2] + z] = 1;
      }
    }
    return *this;
  }
  operator MaskView() const { return {voxels, size}; }
};

TEST(PointGrid, BoxAndBorder) {
  Mask a({9, 8, 40}), b({9, 8, 40});
  a.Fill({2, 3, 33}, {5, 6, 36});
  b.Fill({4, 1, 35}, {6, 4, 39});
  const Box box = UnionBox(a, b);
  EXPECT_EQ(box.begin, (GridSize{2, 1, 33}));
  EXPECT_EQ(box.end, (GridSize{6, 6, 39}));
  EXPECT_TRUE(UnionBox(Mask({3, 3, 3}), Mask({3, 3, 3})).empty());
  const PointGrid border = Border(Cropped(a, box));
  EXPECT_EQ(std::count(border.set.begin(), border.set.end(), 1), 26);  // a cube of 27 without its centre
  Mask full({3, 3, 3});
  full.Fill({0, 0, 0}, {3, 3, 3});
  const PointGrid faces = Border(Cropped(full, UnionBox(full, full)));  // outside the volume is background
  EXPECT_EQ(std::count(faces.set.begin(), faces.set.end(), 1), 26);
}

TEST(PointGrid, ThinAxes) {
  Mask square({1, 3, 3});
  square.Fill({0, 0, 0}, {1, 3, 3});
  const PointGrid grid = Cropped(square, UnionBox(square, square));
  const PointGrid solid = Border(grid), flat = Border(grid, /*skip_thin_axes=*/true);
  EXPECT_EQ(std::count(solid.set.begin(), solid.set.end(), 1), 9);
  EXPECT_EQ(std::count(flat.set.begin(), flat.set.end(), 1), 8);
}

TEST(SurfaceDistance, AShiftedCube) {
  Mask a({20, 20, 20}), b({20, 20, 20});
  a.Fill({3, 3, 3}, {10, 10, 10});
  b.Fill({3, 3, 5}, {10, 10, 12});
  const SurfaceDistances distances = BorderDistances(a, b, {1, 1, 2.5});
  EXPECT_DOUBLE_EQ(*distances.Hausdorff(), 5);  // two voxels of 2.5 mm
  EXPECT_EQ(distances.prediction_points, 7 * 7 * 7 - 5 * 5 * 5);
  EXPECT_DOUBLE_EQ(*distances.MeanPredictionToTruth(), *distances.MeanTruthToPrediction());
  EXPECT_DOUBLE_EQ(*distances.MeanPooled(), *distances.MeanOfMeans());
  EXPECT_DOUBLE_EQ(*distances.NormalizedSurfaceDice(5), 1);
  EXPECT_LT(*distances.NormalizedSurfaceDice(4.999), 1);
  const SurfaceDistances one_thread = BorderDistances(a, b, {1, 1, 2.5}, {.threads = 1});
  EXPECT_EQ(one_thread.truth_to_prediction, distances.truth_to_prediction);
}

// The pooled percentile and the larger of the directed ones differ where one surface has far more of the distant points.
TEST(SurfaceDistance, PercentilesOfTwoKinds) {
  Mask a({40, 12, 12}), b({40, 12, 12});
  a.Fill({2, 2, 2}, {10, 10, 10});
  b.Fill({2, 2, 2}, {10, 10, 10}).Fill({30, 5, 5}, {33, 8, 8});
  const SurfaceDistances distances = BorderDistances(a, b, {1, 1, 1});
  EXPECT_EQ(*distances.Hausdorff(), 23);
  EXPECT_GT(*distances.Hd95MaxDirected(), 20);
  EXPECT_LT(*distances.Hd95Pooled(), 0.1);
}

TEST(SurfaceDistance, EmptyMasks) {
  Mask some({5, 5, 5}), none({5, 5, 5});
  some.Fill({1, 1, 1}, {3, 3, 3});
  const SurfaceDistances one = BorderDistances(some, none, {1, 1, 1}), neither = BorderDistances(none, none, {1, 1, 1});
  EXPECT_FALSE(one.defined());
  EXPECT_EQ(one.prediction_points, 8);
  EXPECT_FALSE(one.Hd95Pooled().has_value());
  EXPECT_FALSE(one.Hd95MaxDirected().has_value());
  EXPECT_FALSE(one.Hausdorff().has_value());
  EXPECT_FALSE(one.MeanPooled().has_value());
  EXPECT_EQ(*one.NormalizedSurfaceDice(1), 0);
  EXPECT_FALSE(neither.NormalizedSurfaceDice(1).has_value());
}

}  // namespace
}  // namespace asap
