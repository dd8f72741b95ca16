#include "core/imaging/geometry.h"

#include <cmath>

#include "gtest/gtest.h"

namespace asap {
namespace {

TEST(GeometryTest, AffineGoesThereAndBack) {
  // 20 degrees about S, then permuted; spacing 0.7, 0.8, 2.5.
  const double c = std::cos(0.35), s = std::sin(0.35);
  const Affine affine = {0, -0.8 * s, 2.5 * c, -120.5, 0, 0.8 * c, 2.5 * s, 40.25, -0.7, 0, 0, 900};
  const auto geometry = GeometryFromAffine(affine, {10, 20, 30}, "case");
  ASSERT_TRUE(geometry.ok()) << geometry.status();
  EXPECT_NEAR(geometry->spacing[0], 0.7, 1e-12);
  EXPECT_NEAR(geometry->spacing[2], 2.5, 1e-12);
  const Affine back = AffineFromGeometry(*geometry);
  for (int i = 0; i < 12; ++i) EXPECT_NEAR(back[i], affine[i], 1e-12);
  const auto corner = IndexToWorld(*geometry, {9, 19, 29});
  EXPECT_NEAR(corner[2], 900 - 0.7 * 9, 1e-9);
}

TEST(GeometryTest, ShearedAxesBecomeTheNearestOrthonormal) {
  // Gantry tilt of 15 degrees: the slices shift along A.
  const double tilt = std::tan(0.26);
  const auto geometry = GeometryFromAffine({1, 0, 0, 0, 0, 1, 2 * tilt, 0, 0, 0, 2, 0}, {10, 10, 10}, "tilted");
  ASSERT_TRUE(geometry.ok()) << geometry.status();
  for (int a = 0; a < 3; ++a) {
    for (int b = 0; b < 3; ++b) {
      double dot = 0;
      for (int row = 0; row < 3; ++row) dot += geometry->direction[3 * row + a] * geometry->direction[3 * row + b];
      EXPECT_NEAR(dot, a == b ? 1 : 0, 1e-12);
    }
  }
  // The nearest shares the shear evenly between the two axes of its plane.
  EXPECT_NEAR(std::asin(geometry->direction[5]), 0.13, 1e-3);
}

TEST(GeometryTest, RefusesWhatIsNoGrid) {
  const Index3 size = {2, 2, 2};
  const auto zero = GeometryFromAffine({1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0}, size, "x");
  EXPECT_NE(zero.status().message().find("spacing along axis 1 is 0"), std::string::npos) << zero.status();
  EXPECT_FALSE(GeometryFromAffine({1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0}, size, "x").ok());
  EXPECT_FALSE(GeometryFromAffine({1, 0, 0, NAN, 0, 1, 0, 0, 0, 0, 1, 0}, size, "x").ok());
  EXPECT_FALSE(GeometryFromAffine({INFINITY, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0}, size, "x").ok());
}

TEST(GeometryTest, SameGridNamesTheDifference) {
  Geometry a;
  a.size = {4, 5, 6};
  Geometry b = a;
  EXPECT_TRUE(SameGrid(a, "scan.nii", b, "mask.nii").ok());
  b.size[2] = 7;
  const std::string sizes(SameGrid(a, "scan.nii", b, "mask.nii").message());
  EXPECT_NE(sizes.find("scan.nii has 4x5x6"), std::string::npos) << sizes;
  EXPECT_NE(sizes.find("mask.nii has 4x5x7"), std::string::npos) << sizes;
  b = a;
  b.origin[0] = 3;
  EXPECT_FALSE(SameGrid(a, "scan.nii", b, "mask.nii").ok());
  b.origin[0] = 0.4;
  EXPECT_TRUE(SameGrid(a, "scan.nii", b, "mask.nii").ok());
  EXPECT_FALSE(SameGrid(a, "scan.nii", b, "mask.nii", 0.1).ok());
}

TEST(GeometryTest, LpsAndRasAreTurnedByHalfATurnAboutS) {
  Geometry lps;
  lps.origin = {10, 20, 30};
  const Geometry ras = FlipLpsRas(lps);
  EXPECT_EQ(ras.origin, (std::array<double, 3>{-10, -20, 30}));
  EXPECT_EQ(ras.direction[0], -1);
  EXPECT_EQ(ras.direction[4], -1);
  EXPECT_EQ(ras.direction[8], 1);
}

}  // namespace
}  // namespace asap
