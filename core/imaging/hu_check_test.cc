#include "core/imaging/hu_check.h"

#include <cmath>
#include <functional>
#include <vector>

#include "core/base/random.h"
#include "core/imaging/memory_source.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

// A chest by its histogram: 40% air outside, 20% lung, 10% fat, 25% soft tissue, 5% bone, with noise.
std::vector<float> Chest() {
  std::vector<float> voxels;
  CounterRng rng(3);
  for (int i = 0; i < 60000; ++i) {
    const double where = rng.Uniform();
    const double mean = where < 0.4 ? -1000 : where < 0.6 ? -850 : where < 0.7 ? -100 : where < 0.95 ? 40 : 500;
    voxels.push_back(static_cast<float>(mean + 20 * rng.Normal()));
  }
  return voxels;
}

std::vector<float> Map(const std::vector<float>& voxels, const std::function<double(double)>& f) {
  std::vector<float> mapped;
  for (float value : voxels) mapped.push_back(static_cast<float>(f(value)));
  return mapped;
}

absl::Status Check(const std::vector<float>& voxels, std::string* warning = nullptr) {
  return HuPlausibility(absl::MakeConstSpan(voxels), warning);
}

TEST(HuPlausibilityTest, AcceptsScans) {
  std::string warning = "stale";
  EXPECT_TRUE(Check(Chest(), &warning).ok());
  EXPECT_EQ(warning, "");
  EXPECT_TRUE(Check(Map(Chest(), [](double v) { return std::max(v, -1024.0); })).ok());
  // Padding outside the field of view, as some scanners write it.
  std::vector<float> padded = Chest();
  for (size_t i = 0; i < padded.size() / 4; ++i) padded[i] = -3024;
  EXPECT_TRUE(Check(padded).ok());
}

TEST(HuPlausibilityTest, WarnsOfACropWithoutAir) {
  std::vector<float> crop;
  for (float value : Chest()) {
    if (value > -300) crop.push_back(value);
  }
  std::string warning;
  EXPECT_TRUE(Check(crop, &warning).ok());
  EXPECT_NE(warning.find("little air"), std::string::npos) << warning;
}

TEST(HuPlausibilityTest, RefusesOtherScales) {
  const std::pair<std::string, std::function<double(double)>> kDefects[] = {
      {"intercept missing", [](double v) { return v + 1024; }},
      {"intercept applied twice", [](double v) { return v - 1024; }},
      {"8-bit window", [](double v) { return std::clamp((v + 1000) / 8, 0.0, 255.0); }},
      {"normalised to [-1, 1]", [](double v) { return v / 1000; }},
      {"normalised to [0, 1]", [](double v) { return (v + 1000) / 2000; }},
      {"constant", [](double) { return -1000.0; }},
      {"doubled", [](double v) { return 2 * v; }},
  };
  for (const auto& [name, defect] : kDefects) {
    const absl::Status status = Check(Map(Chest(), defect));
    EXPECT_FALSE(status.ok()) << name;
    EXPECT_NE(status.message().find("Hounsfield"), std::string::npos) << status;
  }
  std::vector<float> holes = Chest();
  holes[7] = NAN;
  EXPECT_FALSE(Check(holes).ok());
  EXPECT_FALSE(Check({}).ok());
}

TEST(HuPlausibilityTest, ReadsAnOpenCase) {
  Volume<int16_t> volume;
  volume.geometry.size = {40, 50, 30};
  for (float value : Chest()) volume.voxels.push_back(static_cast<int16_t>(value));
  EXPECT_TRUE(HuPlausibility(*MakeVoxelSource(volume)).ok());
  for (int16_t& value : volume.voxels) value = static_cast<int16_t>(value + 1024);
  EXPECT_FALSE(HuPlausibility(*MakeVoxelSource(volume)).ok());
}

}  // namespace
}  // namespace asap
