#include "core/imaging/reorient.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "core/imaging/geometry.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

// Made with nibabel 5.3.2's aff2axcodes, from sheared random rotations.
TEST(OrientationTest, EqualsNibabel) {
  const struct {
    Affine affine;
    std::string code;
  } kCases[] = {
      {{-0.7222, -1.2205, 0.0375, 0, 0.5514, -0.8293, -0.5434, 0, 2.2941, -0.9821, 0.177, 0}, "SLP"},
      {{-4.7065, -0.3948, 1.1654, 0, 0.8587, -3.2921, 1.1945, 0, -1.0737, 1.3991, 2.8896, 0}, "LPS"},
      {{-4.0549, 0.1495, 1.5136, 0, -0.5417, -4.0671, -0.9716, 0, 0.089, -1.0185, 2.7934, 0}, "LPS"},
      {{-2.0307, 1.8644, 0.5372, 0, -3.7475, -1.9105, 0.4298, 0, 1.8253, -0.9436, 1.6864, 0}, "PRS"},
      {{-0.7014, 0.0984, 2.4888, 0, 2.1738, -0.4571, 2.0361, 0, 1.7145, 1.1071, 0.0615, 0}, "ASR"},
      {{-0.4794, 0.1384, -2.2447, 0, 0.0756, -1.6923, -0.2855, 0, -3.0207, 0.0598, 0.1544, 0}, "IPL"},
      {{-1.0713, 1.2109, -0.5475, 0, -1.0758, -1.2654, 0.5649, 0, 0.4388, 1.8939, 1.1644, 0}, "LSA"},
      {{-1.8807, 1.3716, -0.5111, 0, -1.0862, 0.1308, 3.2212, 0, 3.8949, 0.6862, 1.0608, 0}, "SRA"},
      {{-0.3669, -0.9832, 5.6612, 0, 2.1011, -1.7897, -0.189, 0, 2.2612, 1.8493, 1.8696, 0}, "ASR"},
      {{-3.264, -1.2817, 3.6756, 0, 1.5221, -3.9752, -1.3118, 0, 1.4231, 0.4224, 2.713, 0}, "LPS"},
      {{-0.2112, 1.9329, -0.2488, 0, -1.6661, 0.0447, -0.0244, 0, -0.7631, 0.4876, 1.1847, 0}, "PRS"},
      {{-0.6361, 3.5156, -0.3032, 0, -2.0759, 1.9237, 0.5472, 0, 4.7539, 1.9817, 0.2658, 0}, "SRA"},
      {{-2.6061, -2.1764, 0.3614, 0, 2.3008, -2.9678, 0.0355, 0, 1.2634, -0.5293, 1.522, 0}, "LPS"},
      {{-0.4196, -1.8276, -0.7103, 0, 0.2207, -1.7476, 1.9685, 0, -0.2388, 0.8327, 4.0052, 0}, "LPS"},
      {{-0.9946, -1.6876, 0.6964, 0, 2.2417, 0.7625, 1.0871, 0, -0.7858, 1.0123, 1.0559, 0}, "ALS"},
  };
  for (const auto& test : kCases) {
    const auto geometry = GeometryFromAffine(test.affine, {2, 2, 2}, "sheared");
    ASSERT_TRUE(geometry.ok()) << geometry.status();
    EXPECT_EQ(OrientationCode(OrientationOf(*geometry)), test.code);
  }
}

// A phantom without any symmetry, stored in each of the 48 orientations: reoriented, every voxel is back at its place.
TEST(ReorientTest, AnAsymmetricPhantomComesBackFromAllOrientations) {
  const Index3 ras_size = {3, 4, 5};
  const auto value = [](int64_t r, int64_t a, int64_t s) { return static_cast<int16_t>(100 * r + 10 * a + s); };
  std::array<int, 3> axes = {0, 1, 2};  // the world axis of each file axis
  int tried = 0;
  do {
    for (int flips = 0; flips < 8; ++flips) {
      Volume<int16_t> stored;
      stored.geometry.direction = {};
      for (int axis = 0; axis < 3; ++axis) {
        stored.geometry.size[axis] = ras_size[axes[axis]];
        stored.geometry.spacing[axis] = 1 + axes[axis];
        const bool flip = flips >> axis & 1;
        stored.geometry.direction[3 * axes[axis] + axis] = flip ? -1 : 1;
        if (flip) stored.geometry.origin[axes[axis]] = static_cast<double>((1 + axes[axis]) * (ras_size[axes[axis]] - 1));
      }
      stored.voxels.resize(60);
      for (int64_t i = 0; i < stored.geometry.size[0]; ++i) {
        for (int64_t j = 0; j < stored.geometry.size[1]; ++j) {
          for (int64_t k = 0; k < stored.geometry.size[2]; ++k) {
            const Index3 file = {i, j, k};
            Index3 ras;
            for (int axis = 0; axis < 3; ++axis) {
              ras[axes[axis]] = flips >> axis & 1 ? stored.geometry.size[axis] - 1 - file[axis] : file[axis];
            }
            stored.at(i, j, k) = value(ras[0], ras[1], ras[2]);
          }
        }
      }
      const Volume<int16_t> back = ReorientToRas(stored);
      EXPECT_EQ(back.geometry.size, ras_size);
      EXPECT_EQ(back.geometry.spacing, (std::array<double, 3>{1, 2, 3}));
      EXPECT_EQ(back.geometry.direction, (std::array<double, 9>{1, 0, 0, 0, 1, 0, 0, 0, 1}));
      EXPECT_EQ(back.geometry.origin, (std::array<double, 3>{0, 0, 0}));
      for (int64_t r = 0; r < 3; ++r) {
        for (int64_t a = 0; a < 4; ++a) {
          for (int64_t s = 0; s < 5; ++s)
            ASSERT_EQ(back.at(r, a, s), value(r, a, s)) << OrientationCode(OrientationOf(stored.geometry));
        }
      }
      ++tried;
    }
  } while (std::next_permutation(axes.begin(), axes.end()));
  EXPECT_EQ(tried, 48);
}

TEST(ReorientTest, AlongAxesOfMovesVoxelsToWhereTheOthersLie) {
  const double c = std::cos(0.4), s = std::sin(0.4);
  Volume<int16_t> scan;  // oblique
  scan.geometry = {.size = {3, 4, 5}, .spacing = {1, 2, 3}, .origin = {7, 8, 9}, .direction = {c, -s, 0, s, c, 0, 0, 0, 1}};
  for (int16_t i = 0; i < 60; ++i) scan.voxels.push_back(i);
  std::array<int, 3> axes = {0, 1, 2};
  do {
    for (int flips = 0; flips < 8; ++flips) {
      Volume<int16_t> other;  // the same voxels along other axes
      std::array<double, 3> first = {0, 0, 0};
      for (int axis = 0; axis < 3; ++axis) {
        const bool flipped = flips >> axis & 1;
        other.geometry.size[axis] = scan.geometry.size[axes[axis]];
        other.geometry.spacing[axis] = scan.geometry.spacing[axes[axis]];
        if (flipped) first[axes[axis]] = static_cast<double>(scan.geometry.size[axes[axis]] - 1);
        for (int row = 0; row < 3; ++row) {
          other.geometry.direction[3 * row + axis] = (flipped ? -1 : 1) * scan.geometry.direction[3 * row + axes[axis]];
        }
      }
      other.geometry.origin = IndexToWorld(scan.geometry, first);
      other.voxels.resize(60);
      for (int64_t k = 0; k < other.geometry.size[2]; ++k) {
        for (int64_t j = 0; j < other.geometry.size[1]; ++j) {
          for (int64_t i = 0; i < other.geometry.size[0]; ++i) {
            const Index3 at = {i, j, k};
            Index3 from;
            for (int axis = 0; axis < 3; ++axis) {
              from[axes[axis]] = flips >> axis & 1 ? other.geometry.size[axis] - 1 - at[axis] : at[axis];
            }
            other.at(i, j, k) = scan.at(from[0], from[1], from[2]);
          }
        }
      }
      EXPECT_TRUE(SameGrid(RasGeometry(scan.geometry), "scan", RasGeometry(other.geometry), "mask", 1e-9).ok());
      const Volume<int16_t> back = AlongAxesOf(scan.geometry, other);
      EXPECT_TRUE(SameGrid(scan.geometry, "scan", back.geometry, "mask", 1e-9).ok());
      EXPECT_EQ(back.voxels, scan.voxels);
    }
  } while (std::next_permutation(axes.begin(), axes.end()));
}

}  // namespace
}  // namespace asap
