#include "core/metrics/segmentation/surfels.h"

#include <cmath>

#include "core/metrics/segmentation/surface_normals.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

std::vector<uint8_t> Cube(int64_t side, const GridSize& begin, const GridSize& end) {
  std::vector<uint8_t> voxels(side * side * side);
  for (int64_t x = begin[0]; x < end[0]; ++x) {
    for (int64_t y = begin[1]; y < end[1]; ++y) {
      for (int64_t z = begin[2]; z < end[2]; ++z) voxels[(x * side + y) * side + z] = 1;
    }
  }
  return voxels;
}

TEST(Surfels, AFlatFaceHasItsArea) {
  const auto areas = SurfelAreas({2, 3, 5});
  EXPECT_EQ(areas[0], 0);
  EXPECT_EQ(areas[255], 0);
  EXPECT_DOUBLE_EQ(areas[0b11110000], 15);  // between two voxels along the first axis
  EXPECT_DOUBLE_EQ(areas[0b11001100], 10);
  EXPECT_DOUBLE_EQ(areas[0b10101010], 6);
  for (int code = 0; code < 256; ++code) EXPECT_NEAR(areas[code], areas[255 - code], 1e-12) << "inside and outside alike";
  for (int code = 1; code < 255; ++code) EXPECT_GT(areas[code], 0);
  EXPECT_TRUE(SurfaceNormals(0).empty());
}

TEST(Surfels, AShiftedCube) {
  const std::vector<uint8_t> a = Cube(12, {2, 2, 2}, {8, 8, 8}), b = Cube(12, {2, 2, 3}, {8, 8, 9});
  const SurfelDistances distances = ComputeSurfelDistances({a, {12, 12, 12}}, {b, {12, 12, 12}}, {1, 1, 2});
  EXPECT_EQ(distances.Hausdorff(), 2);
  EXPECT_EQ(distances.Hausdorff(95), 2);
  EXPECT_DOUBLE_EQ(*distances.NormalizedSurfaceDice(2), 1);
  EXPECT_DOUBLE_EQ(distances.truth_area(), distances.prediction_area());
  // Six faces of 6 x 6 voxels, a little less for edges and corners cut.
  EXPECT_LT(distances.truth_area(), 2 * 36 + 4 * 72);
  EXPECT_GT(distances.truth_area(), 0.85 * (2 * 36 + 4 * 72));
  const SurfelDistances one_thread = ComputeSurfelDistances({a, {12, 12, 12}}, {b, {12, 12, 12}}, {1, 1, 2}, 1);
  EXPECT_EQ(*one_thread.MeanPredictionToTruth(), *distances.MeanPredictionToTruth());
}

TEST(Surfels, EmptyMasks) {
  const std::vector<uint8_t> some = Cube(5, {1, 1, 1}, {3, 3, 3}), none(125);
  const SurfelDistances one = ComputeSurfelDistances({none, {5, 5, 5}}, {some, {5, 5, 5}}, {1, 1, 1});
  EXPECT_TRUE(std::isinf(one.Hausdorff(95)));
  EXPECT_TRUE(std::isinf(*one.MeanTruthToPrediction()));
  EXPECT_FALSE(one.MeanPredictionToTruth().has_value());
  EXPECT_EQ(*one.NormalizedSurfaceDice(10), 0);
  EXPECT_EQ(*one.TruthOverlap(10), 0);
  EXPECT_FALSE(one.PredictionOverlap(10).has_value());
  const SurfelDistances neither = ComputeSurfelDistances({none, {5, 5, 5}}, {none, {5, 5, 5}}, {1, 1, 1});
  EXPECT_FALSE(neither.NormalizedSurfaceDice(1).has_value());
  EXPECT_TRUE(std::isinf(neither.Hausdorff()));
}

}  // namespace
}  // namespace asap
