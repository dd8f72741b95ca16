#include "modules/vit3d/patches.h"

#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace asap {
namespace {

TEST(PatchesTest, FollowsTheIndexRule) {
  const Size3 patch = {2, 3, 1};
  const at::Tensor volume = at::arange(2 * 4 * 6 * 5, at::kFloat).view({2, 1, 4, 6, 5});
  const at::Tensor patches = Patchify(volume, patch);
  ASSERT_EQ(patches.sizes().vec(), (std::vector<int64_t>{2, 20, 6}));
  for (int64_t h = 0; h < 2; ++h) {
    for (int64_t w = 0; w < 2; ++w) {
      for (int64_t d = 0; d < 5; ++d) {
        for (int64_t a = 0; a < 2; ++a) {
          for (int64_t b = 0; b < 3; ++b) {
            EXPECT_EQ(patches[1][(h * 2 + w) * 5 + d][a * 3 + b].item<float>(),
                      volume[1][0][2 * h + a][3 * w + b][d].item<float>());
          }
        }
      }
    }
  }
  EXPECT_TRUE(at::equal(Unpatchify(patches, {2, 2, 5}, patch), volume));
}

TEST(PatchesTest, GathersSomeAsFromAll) {
  const Size3 patch = {2, 3, 1};
  const at::Tensor volume = at::arange(2 * 4 * 6 * 5, at::kFloat).view({2, 1, 4, 6, 5});
  const at::Tensor which = at::tensor({19, 0, 7, 7, 3, 12}, at::kLong).view({2, 3});
  EXPECT_TRUE(at::equal(GatherPatches(volume, patch, which), GatherRows(Patchify(volume, patch), which)));
}

TEST(PatchesTest, TheLowestNoiseStaysVisible) {
  const Masking masking = MaskByNoise(at::tensor({0.9f, 0.1f, 0.5f, 0.3f}).view({1, 4}), 2);
  EXPECT_TRUE(at::equal(masking.keep(), at::tensor({1, 3}, at::kLong).view({1, 2})));
  EXPECT_TRUE(at::equal(masking.hidden(), at::tensor({2, 0}, at::kLong).view({1, 2})));
  EXPECT_TRUE(at::equal(masking.shuffle.gather(1, masking.restore), at::arange(4).view({1, 4})));
  EXPECT_EQ(VisiblePatches(2744, 0.75), 686);
  EXPECT_EQ(VisiblePatches(343, 0.75), 85);
  EXPECT_EQ(VisiblePatches(3, 0.9), 1) << "an encoder must see something";
}

// Values of the published table at grid place (3, 5, 7), from the specification.
TEST(PatchesTest, PositionTableHasThePublishedValues) {
  const at::Tensor row = SinCosTable({14, 14, 14}, 768)[1 + 3 * 196 + 5 * 14 + 7];
  const std::vector<std::pair<int64_t, double>> expected = {{0, 0.141120},   {1, 0.342782},   {128, -0.989992}, {256, -0.958924},
                                                            {384, 0.283662}, {512, 0.656987}, {640, 0.753902},  {641, 0.973479}};
  for (const auto& [column, value] : expected) EXPECT_NEAR(row[column].item<double>(), value, 1e-6) << column;
}

// What torch.nn.functional.interpolate documents along each axis, by hand for (0, 1, 2, 3): place i of N takes the value at
// (i + 1/2) 4 / N - 1/2, held to 0 ... 3.
TEST(PatchesTest, ResizesPositionsAsTorchInterpolates) {
  const std::map<int64_t, std::vector<double>> published = {
      {6, {0, 0.5, 7. / 6, 11. / 6, 2.5, 3}}, {4, {0, 1, 2, 3}}, {3, {1. / 6, 1.5, 17. / 6}}, {2, {0.5, 2.5}}, {1, {1.5}}};
  const auto table = [](const std::vector<double>& h, const std::vector<double>& w, const std::vector<double>& d) {
    std::vector<float> rows;
    for (const double a : h) {
      for (const double b : w) {
        for (const double c : d) {
          rows.push_back(static_cast<float>(a + 10 * b + 100 * c));
          rows.push_back(static_cast<float>(a * b * c));
        }
      }
    }
    return at::tensor(rows).view({-1, 2});
  };
  const std::vector<double> four = published.at(4);
  for (const auto& [grid, axis] : published) {
    for (const auto& [other_grid, other_axis] : published) {
      const at::Tensor resized = ResizePositions(table(four, four, four), {4, 4, 4}, {grid, other_grid, 4});
      EXPECT_TRUE(at::allclose(resized, table(axis, other_axis, four), 1e-5, 1e-5)) << grid << "x" << other_grid << "x4";
      const at::Tensor last = ResizePositions(table(four, four, four), {4, 4, 4}, {other_grid, 4, grid});
      EXPECT_TRUE(at::allclose(last, table(other_axis, four, axis), 1e-5, 1e-5)) << other_grid << "x4x" << grid;
    }
  }
}

TEST(PatchesTest, ResizingKeepsTheClassTokensRowAndAnEqualGrid) {
  at::Tensor table = SinCosTable({2, 3, 4}, 12);
  table[0].fill_(7);
  EXPECT_TRUE(ResizePositions(table, {2, 3, 4}, {2, 3, 4}).is_same(table));
  const at::Tensor resized = ResizePositions(table, {2, 3, 4}, {3, 2, 2});
  ASSERT_EQ(resized.sizes().vec(), (std::vector<int64_t>{13, 12}));
  EXPECT_TRUE(at::equal(resized[0], table[0]));
  EXPECT_TRUE(at::equal(resized.slice(0, 1), ResizePositions(table.slice(0, 1), {2, 3, 4}, {3, 2, 2})))
      << "a table without a class token";
}

TEST(PatchesTest, PositionTableOfAGridThatIsNoCube) {
  const at::Tensor table = SinCosTable({2, 3, 4}, 12);
  ASSERT_EQ(table.sizes().vec(), (std::vector<int64_t>{25, 12}));
  EXPECT_EQ(table[0].abs().max().item<double>(), 0);
  const at::Tensor cube = SinCosTable({4, 4, 4}, 12);
  EXPECT_TRUE(at::equal(table[1 + (1 * 3 + 2) * 4 + 3], cube[1 + (1 * 4 + 2) * 4 + 3])) << "a place has its code in any grid";
}

}  // namespace
}  // namespace asap
