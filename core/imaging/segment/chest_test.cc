#include "core/imaging/segment/chest.h"

#include <cmath>
#include <set>
#include <vector>

#include "core/imaging/reorient.h"
#include "core/imaging/segment/morphology.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

Mask Block(const Index3& size, const Index3& from, const Index3& to) {
  Geometry geometry;
  geometry.size = size;
  Mask mask = EmptyMask(geometry);
  for (int64_t z = from[2]; z < to[2]; ++z) {
    for (int64_t y = from[1]; y < to[1]; ++y) {
      for (int64_t x = from[0]; x < to[0]; ++x) mask.at(x, y, z) = 1;
    }
  }
  return mask;
}

TEST(MorphologyTest, DistancesAreInMillimetres) {
  Mask mask = Block({9, 9, 5}, {4, 4, 2}, {5, 5, 3});
  mask.geometry.spacing = {2, 1, 3};
  const std::vector<float> distance = DistanceTo(mask);
  const auto at = [&](int64_t x, int64_t y, int64_t z) { return distance[x + 9 * (y + 9 * z)]; };
  EXPECT_EQ(at(4, 4, 2), 0);
  EXPECT_FLOAT_EQ(at(6, 4, 2), 4);
  EXPECT_FLOAT_EQ(at(4, 7, 2), 3);
  EXPECT_FLOAT_EQ(at(5, 5, 3), std::sqrt(4.0f + 1 + 9));
  EXPECT_GT(DistanceTo(EmptyMask(mask.geometry))[0], 1e9f);
  EXPECT_EQ(CountVoxels(Dilate(mask, 2)), 1 + 2 + 4);  // two along x at 2 mm, four along y at 1 and 2
}

TEST(MorphologyTest, OpeningAndClosing) {
  Mask mask = Block({20, 20, 20}, {5, 5, 5}, {15, 15, 15});
  const int64_t cube = CountVoxels(mask);
  for (int64_t x = 15; x < 19; ++x) mask.at(x, 10, 10) = 1;  // a spike
  mask.at(10, 10, 10) = 0;                                   // and a hole
  const Mask opened = Open(mask, 1.5), closed = Close(mask, 1.5);
  EXPECT_EQ(opened.at(17, 10, 10), 0);
  EXPECT_EQ(closed.at(10, 10, 10), 1);
  EXPECT_EQ(closed.at(17, 10, 10), 1);
  EXPECT_LE(CountVoxels(opened), cube);
  // The border of the volume does not erode.
  const Mask all = Block({4, 4, 4}, {0, 0, 0}, {4, 4, 4});
  EXPECT_EQ(CountVoxels(Erode(all, 2)), 64);
  EXPECT_EQ(CountVoxels(Dilate(EmptyMask(all.geometry), 2)), 0);
}

TEST(MorphologyTest, ComponentsComeLargestFirst) {
  Mask mask = Block({10, 10, 3}, {0, 0, 0}, {2, 2, 1});
  for (int64_t x = 4; x < 10; ++x) mask.at(x, 5, 1) = 1;
  mask.at(2, 2, 1) = 1;  // touches the first by a corner only
  const MaskComponents components = ConnectedComponents(mask);
  EXPECT_EQ(components.sizes, (std::vector<int64_t>{6, 4, 1}));
  EXPECT_EQ(components.labels[4 + 10 * 5 + 100], 1);
  EXPECT_EQ(CountVoxels(LargestComponent(mask)), 6);
  EXPECT_TRUE(ConnectedComponents(EmptyMask(mask.geometry)).sizes.empty());
}

TEST(MorphologyTest, HullsAndHolesOfSlices) {
  Mask mask = EmptyMask(Block({11, 11, 2}, {0, 0, 0}, {0, 0, 0}).geometry);
  for (const auto& [x, y] : std::vector<std::pair<int, int>>{{1, 1}, {9, 1}, {1, 9}, {9, 9}, {5, 5}}) mask.at(x, y, 0) = 1;
  Mask hull = ConvexHullInSlices(mask);
  EXPECT_EQ(CountVoxels(hull), 81);
  EXPECT_EQ(hull.at(5, 5, 1), 0);
  hull.at(4, 4, 0) = 0;
  FillHolesInSlices(/*most_mm2=*/0.5, &hull);
  EXPECT_EQ(hull.at(4, 4, 0), 0);
  FillHolesInSlices(/*most_mm2=*/1, &hull);
  EXPECT_EQ(hull.at(4, 4, 0), 1);
  mask = EmptyMask(mask.geometry);
  mask.at(3, 7, 0) = 1;
  EXPECT_EQ(CountVoxels(ConvexHullInSlices(mask)), 1);
}

// A body of water with two lungs, a trachea and a spine, 4 mm a voxel.
Volume<float> Chest() {
  Volume<float> scan;
  scan.geometry.size = {90, 70, 60};
  scan.geometry.spacing = {4, 4, 4};
  scan.voxels.assign(scan.geometry.voxels(), -1000);
  const auto in = [](double x, double y, double rx, double ry) { return x * x / (rx * rx) + y * y / (ry * ry) < 1; };
  for (int64_t z = 0; z < 60; ++z) {
    for (int64_t y = 0; y < 70; ++y) {
      for (int64_t x = 0; x < 90; ++x) {
        float& hu = scan.at(x, y, z);
        const double dx = static_cast<double>(x) - 45, dy = static_cast<double>(y) - 35;
        if (in(dx, dy, 40, 30)) hu = 40;
        if (z >= 10 && z < 50 && (in(dx - 19, dy, 13, 18) || in(dx + 19, dy, 12, 18))) hu = -850;
        if (z >= 30 && in(dx, dy + 4, 2.6, 2.6)) hu = -1000;
        if (in(dx, dy + 19, 4, 5)) hu = 400;
      }
    }
  }
  return scan;
}

TEST(ChestTest, FindsWhatIsThere) {
  const ChestSegmentation chest = SegmentChest(Chest());
  const auto at = [&](int64_t x, int64_t y, int64_t z) { return chest.labels.at(x, y, z); };
  EXPECT_EQ(at(64, 35, 30), kRightLung);  // x grows to the right
  EXPECT_EQ(at(26, 35, 30), kLeftLung);
  EXPECT_EQ(at(45, 31, 40), kAirways);
  EXPECT_EQ(at(45, 16, 20), kBones);
  EXPECT_EQ(at(45, 40, 18), kHeartRegion);
  EXPECT_EQ(at(45, 10, 5), kOtherTissue);
  EXPECT_EQ(at(1, 1, 1), kOutsideBody);
  EXPECT_TRUE(chest.notes.empty()) << chest.notes[0];
}

TEST(ChestTest, OrientationDoesNotMatter) {
  const Volume<float> ras = Chest();
  // The same chest stored as S, L, P.
  Volume<float> stored;
  stored.geometry.size = {60, 90, 70};
  stored.geometry.spacing = {4, 4, 4};
  stored.geometry.direction = {0, -1, 0, 0, 0, -1, 1, 0, 0};
  for (int64_t y = 69; y >= 0; --y) {
    for (int64_t x = 89; x >= 0; --x) {
      for (int64_t z = 0; z < 60; ++z) stored.voxels.push_back(ras.at(x, y, z));
    }
  }
  const ChestSegmentation a = SegmentChest(ras), b = SegmentChest(stored);
  EXPECT_EQ(ReorientToRas(b.labels).voxels, a.labels.voxels);
}

TEST(ChestTest, FineVoxelsAreFollowed) {
  // Twice as fine in plane, where the work grid is coarser than the scan.
  const Volume<float> coarse = Chest();
  Volume<float> fine;
  fine.geometry.size = {360, 280, 60};
  fine.geometry.spacing = {1, 1, 4};
  for (int64_t z = 0; z < 60; ++z) {
    for (int64_t y = 0; y < 280; ++y) {
      for (int64_t x = 0; x < 360; ++x) fine.voxels.push_back(coarse.at(x / 4, y / 4, z));
    }
  }
  const ChestSegmentation chest = SegmentChest(fine);
  int64_t lung = 0, agree = 0;
  for (size_t i = 0; i < fine.voxels.size(); ++i) {
    if (fine.voxels[i] != -850) continue;
    ++lung;
    agree += chest.labels.voxels[i] == kRightLung || chest.labels.voxels[i] == kLeftLung;
  }
  EXPECT_GT(agree, lung * 99 / 100);
}

TEST(ChestTest, PartsOfChestsAndOddGrids) {
  // A field of view within the body, with no air around it.
  const Volume<float> whole = Chest();
  Volume<float> part;
  part.geometry.size = {50, 40, 20};
  part.geometry.spacing = {4, 4, 4};
  for (int64_t z = 20; z < 40; ++z) {
    for (int64_t y = 15; y < 55; ++y) {
      for (int64_t x = 20; x < 70; ++x) part.voxels.push_back(whole.at(x, y, z));
    }
  }
  const ChestSegmentation chest = SegmentChest(part);
  EXPECT_EQ(chest.labels.at(44, 20, 10), kRightLung);
  EXPECT_EQ(chest.labels.at(6, 20, 10), kLeftLung);
  // Single slices, single voxels, nothing but air, nothing but water, not a number.
  for (const Index3& size : std::vector<Index3>{{1, 1, 1}, {64, 64, 1}, {1, 40, 40}, {3, 2, 2}}) {
    for (const float hu : {-1000.0f, 40.0f, -850.0f, NAN}) {
      Volume<float> odd;
      odd.geometry.size = size;
      odd.voxels.assign(odd.geometry.voxels(), hu);
      const ChestSegmentation result = SegmentChest(odd);
      EXPECT_EQ(result.labels.voxels.size(), odd.voxels.size());
      EXPECT_FALSE(result.notes.empty());
    }
  }
}

}  // namespace
}  // namespace asap
