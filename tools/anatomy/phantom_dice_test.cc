// How near --method=classical comes to the phantom's true masks: printed, and held to what was measured less a margin.
#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "core/imaging/segment/chest.h"
#include "core/metrics/segmentation/overlap.h"
#include "datasets/phantom/phantom.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

constexpr int kShown = 6;  // right lung, left lung, airways, heart, bones; id 0 is the rest
constexpr std::array<const char*, kShown> kNames = {"", "right lung", "left lung", "airways", "heart region", "bones"};

uint8_t TrueStructure(uint8_t fine) {
  if (fine == phantom::kLeftUpperLobe || fine == phantom::kLeftLowerLobe) return 2;
  constexpr std::array<uint8_t, 9> kOfClass = {0, 1, 3, 4, 0, 0, 5, 0, 0};
  return kOfClass[phantom::MaskClass(fine)];
}

uint8_t FoundStructure(uint8_t label) {
  constexpr std::array<uint8_t, kChestStructures> kOfLabel = {0, 0, 1, 2, 3, 4, 5};
  return kOfLabel[label];
}

struct Scores {
  std::array<double, kShown> mean = {}, least = {};
};

Scores Measure(const std::string& site, const Index3& size, int cases) {
  const auto phantom = phantom::PhantomDataset::Create({.cases = cases, .size = size, .seed = 11, .site = site});
  EXPECT_TRUE(phantom.ok()) << phantom.status();
  Scores scores;
  scores.least.fill(1);
  for (int64_t index = 0; index < cases; ++index) {
    const auto rendered = (*phantom)->Rendered(index);
    Volume<float> scan;
    scan.geometry = rendered->volume.geometry;
    scan.voxels.assign(rendered->volume.voxels.begin(), rendered->volume.voxels.end());
    const ChestSegmentation chest = SegmentChest(scan);
    std::vector<uint8_t> found, truth;
    for (const uint8_t label : chest.labels.voxels) found.push_back(FoundStructure(label));
    for (const uint8_t fine : rendered->fine) truth.push_back(TrueStructure(fine));
    const std::vector<Overlap> overlaps = OverlapsOf(found, truth, kShown);
    for (int i = 1; i < kShown; ++i) {
      const double dice = overlaps[i].Dice().value_or(0);
      scores.mean[i] += dice / cases;
      scores.least[i] = std::min(scores.least[i], dice);
    }
  }
  std::printf("%s, %d cases\n", site.c_str(), cases);
  for (int i = 1; i < kShown; ++i) std::printf("  %-14s Dice %.3f, least %.3f\n", kNames[i], scores.mean[i], scores.least[i]);
  return scores;
}

class PhantomDiceTest : public testing::TestWithParam<const char*> {};

TEST_P(PhantomDiceTest, StructuresAreFound) {
  const Scores scores = Measure(GetParam(), {128, 128, 80}, 2);
  // Measured: lungs 0.977 to 0.992, airways 0.824 to 0.901, heart region 0.874 to 0.884, bones 0.849 to 0.903; "cascade", whose
  // slices are thick and soft, has the lowest of each.
  constexpr std::array<double, kShown> kMean = {0, 0.94, 0.94, 0.76, 0.80, 0.78};
  for (int i = 1; i < kShown; ++i) EXPECT_GT(scores.mean[i], kMean[i]) << kNames[i];
}

INSTANTIATE_TEST_SUITE_P(Sites, PhantomDiceTest, testing::Values("aurora", "borealis", "cascade", "delta"));

}  // namespace
}  // namespace asap
