#include "core/imaging/resample.h"

#include <ATen/Functions.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/upsample_trilinear3d.h>

#include <cmath>

#include "core/base/random.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

Volume<float> RandomVolume(const Index3& size, uint64_t seed) {
  Volume<float> volume;
  volume.geometry.size = size;
  CounterRng rng(seed);
  for (int64_t i = 0; i < volume.geometry.voxels(); ++i) volume.voxels.push_back(static_cast<float>(rng.Uniform(-1400, 1400)));
  return volume;
}

// LibTorch works on [1, 1, R, A, S] with S fastest; ours is in file order with R fastest.
TEST(ResampleTest, IsBitEqualToLibTorch) {
  if (!__builtin_cpu_supports("fma"))
    GTEST_SKIP() << "without FMA, LibTorch rounds differently from the published numbers; ours does not";
  const struct {
    Index3 in, out;
  } kCases[] = {{{20, 30, 11}, {13, 15, 23}},
                {{7, 8, 9}, {7, 16, 3}},
                {{1, 5, 2}, {4, 5, 6}},
                {{33, 31, 29}, {10, 11, 64}},
                {{64, 48, 40}, {47, 35, 41}}};
  for (const auto& test : kCases) {
    const Volume<float> volume = RandomVolume(test.in, 5);
    std::vector<float> ours(test.out[0] * test.out[1] * test.out[2]);
    ResampleTrilinear(FloatRows(&volume), test.out, -1000, 1000, absl::MakeSpan(ours));
    const at::Tensor file_order =
        at::from_blob(const_cast<float*>(volume.voxels.data()), {1, 1, test.in[2], test.in[1], test.in[0]}, at::kFloat);
    const at::Tensor array_order = file_order.permute({0, 1, 4, 3, 2}).contiguous().clamp(-1000, 1000);
    const at::Tensor theirs = at::upsample_trilinear3d(array_order, {test.out[0], test.out[1], test.out[2]}, false)
                                  .permute({0, 1, 4, 3, 2})
                                  .contiguous();
    ASSERT_EQ(theirs.numel(), static_cast<int64_t>(ours.size()));
    int64_t different = 0;
    for (size_t i = 0; i < ours.size(); ++i) different += ours[i] != theirs.data_ptr<float>()[i];
    EXPECT_EQ(different, 0) << test.in[0] << "x" << test.in[1] << "x" << test.in[2];
  }
}

TEST(ResampleTest, SizesAreTruncated) {
  Geometry geometry;
  geometry.size = {512, 511, 100};
  geometry.spacing = {0.75, 0.75, 1.0};
  // 512 * (0.75 / 1.5) is 256 exactly; 511 * 0.5 = 255.5; 100 / 3 = 33.3.
  EXPECT_EQ(*ResampledSize(geometry, {1.5, 1.5, 3.0}), (Index3{256, 255, 33}));
}

TEST(ResampleTest, RefusesImpossibleSizes) {
  Geometry geometry;
  geometry.size = {512, 512, 2};
  geometry.spacing = {0.75, 0.75, 1.0};
  EXPECT_FALSE(ResampledSize(geometry, {1.5, 1.5, 3.0}).ok()) << "two slices of 1 mm are no slice of 3 mm";
  geometry.size[2] = 300;
  EXPECT_FALSE(ResampledSize(geometry, {1.5, 0.0, 3.0}).ok());
  geometry.spacing = {750, 750, 1000};  // micrometres taken for millimetres
  const auto huge = ResampledSize(geometry, {1.5, 1.5, 3.0});
  EXPECT_NE(huge.status().message().find("in mm?"), std::string::npos) << huge.status();
}

TEST(PreprocessTest, ClipsBeforeInterpolationAndTruncatesTowardsZero) {
  Volume<float> volume;
  volume.geometry.size = {2, 1, 1};
  volume.geometry.spacing = {3, 1.5, 3};
  volume.voxels = {-3000, 1.0f};
  const auto result = PreprocessImage(volume, {});
  ASSERT_TRUE(result.ok()) << result.status();
  // 4 voxels at 0, 0.25, 0.75, 1 of the way from -1000 (not -3000) to 1: -749.75 and -249.25 lose their fraction.
  EXPECT_EQ(result->voxels, (std::vector<int16_t>{-1000, -749, -249, 1}));
}

TEST(PreprocessTest, VoxelsThatAreNotNumbersBecomeTheMinimum) {
  Volume<float> volume;
  volume.geometry.size = {1, 1, 1};
  volume.geometry.spacing = {1.5, 1.5, 3};
  volume.voxels = {NAN};
  EXPECT_EQ(PreprocessImage(volume, {})->voxels[0], -1000);
}

TEST(PreprocessTest, ThreadsDoNotChangeIt) {
  Volume<float> volume;
  volume.geometry.size = {20, 30, 60};
  volume.geometry.spacing = {1.7, 1.2, 2.3};
  CounterRng rng(7);
  for (int64_t i = 0; i < volume.geometry.voxels(); ++i) {
    volume.voxels.push_back(static_cast<float>(rng.UniformInt(-1000, 1000)));
  }
  const auto one = PreprocessImage(FloatRows(&volume), {}, /*threads=*/1);
  const auto three = PreprocessImage(FloatRows(&volume), {}, /*threads=*/3);
  ASSERT_TRUE(one.ok() && three.ok());
  ASSERT_GT(one->geometry.size[2], 40);  // several pieces
  EXPECT_EQ(one->voxels, three->voxels);
}

TEST(PreprocessMaskTest, FollowsTheImagesGridAndInventsNoLabel) {
  // A block of label 5 in a stored LPS grid; after preprocessing it lies where the image's block lies.
  Volume<float> image, mask;
  image.geometry.size = {40, 30, 20};
  image.geometry.spacing = {0.8, 0.8, 2.0};
  image.geometry.direction = {-1, 0, 0, 0, -1, 0, 0, 0, 1};
  image.voxels.assign(image.geometry.voxels(), -1000);
  mask.geometry = image.geometry;
  mask.voxels.assign(mask.geometry.voxels(), 0);
  for (int64_t x = 5; x < 20; ++x) {
    for (int64_t y = 3; y < 12; ++y) {
      for (int64_t z = 12; z < 18; ++z) {
        image.at(x, y, z) = 1000;
        mask.at(x, y, z) = 5;
      }
    }
  }
  const auto image_out = PreprocessImage(image, {});
  const auto mask_out = PreprocessMask(mask, {});
  ASSERT_TRUE(image_out.ok() && mask_out.ok());
  ASSERT_EQ(image_out->geometry.size, mask_out->geometry.size);
  int64_t labelled = 0;
  for (size_t i = 0; i < mask_out->voxels.size(); ++i) {
    ASSERT_TRUE(mask_out->voxels[i] == 0 || mask_out->voxels[i] == 5);
    labelled += mask_out->voxels[i] == 5;
    if (std::abs(image_out->voxels[i]) == 1000) {
      EXPECT_EQ(mask_out->voxels[i], image_out->voxels[i] == 1000 ? 5 : 0) << i;
    }
  }
  EXPECT_GT(labelled, 100);
}

TEST(PreprocessMaskTest, RefusesWhatIsNoLabel) {
  Volume<float> mask;
  mask.geometry.size = {1, 1, 1};
  mask.geometry.spacing = {3, 3, 3};
  for (float value : {0.5f, -1.0f, 256.0f, static_cast<float>(NAN)}) {
    mask.voxels = {value};
    EXPECT_FALSE(PreprocessMask(mask, {}).ok()) << value;
  }
}

}  // namespace
}  // namespace asap
