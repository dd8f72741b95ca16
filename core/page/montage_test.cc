#include "core/page/montage.h"

#include <gtest/gtest.h>

#include "core/base/file.h"

namespace asap {
namespace {

TEST(Png, RoundTripKeepsEveryPixel) {
  RgbImage image(7, 5);
  for (int y = 0; y < 5; ++y) {
    for (int x = 0; x < 7; ++x)
      image.Set(x, y, {static_cast<uint8_t>(x * 30), static_cast<uint8_t>(y * 50), static_cast<uint8_t>(x * y)});
  }
  const auto bytes = EncodePng(image);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  const auto back = DecodePng(*bytes);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->width, 7);
  EXPECT_EQ(back->height, 5);
  EXPECT_EQ(back->pixels, image.pixels);
}

TEST(Png, RefusesWhatIsNoPicture) {
  EXPECT_FALSE(EncodePng(RgbImage()).ok());
  EXPECT_FALSE(DecodePng("not a picture").ok());
  auto bytes = EncodePng(RgbImage(64, 64, {1, 2, 3}));
  ASSERT_TRUE(bytes.ok());
  for (const size_t cut : {0u, 7u, 20u, 40u}) EXPECT_FALSE(DecodePng(bytes->substr(0, cut)).ok()) << cut;
}

TEST(Png, WritesAFile) {
  const std::string path = testing::TempDir() + "/a.png";
  ASSERT_TRUE(WritePng(path, RgbImage(3, 2, {9, 8, 7})).ok());
  const auto bytes = ReadFile(path);
  ASSERT_TRUE(bytes.ok());
  const auto image = DecodePng(*bytes);
  ASSERT_TRUE(image.ok());
  EXPECT_EQ(image->At(2, 1), (Rgb{9, 8, 7}));
}

// 4 x 3 x 2 voxels of 1 x 1 x 2 mm; one bright voxel, at the patient's right, front, top.
Volume<int16_t> Corner() {
  Volume<int16_t> volume;
  volume.geometry.size = {4, 3, 2};
  volume.geometry.spacing = {1, 1, 2};
  volume.voxels.assign(24, -1000);
  volume.at(3, 2, 1) = 1000;
  return volume;
}

TEST(Montage, RightIsOnTheLeftAndFrontIsUp) {
  const Volume<int16_t> volume = Corner();
  const RgbImage axial = DrawSlice(volume, SlicePlane::kAxial, 1, {});
  EXPECT_EQ(axial.width, 4);
  EXPECT_EQ(axial.height, 3);
  EXPECT_EQ(axial.At(0, 0), (Rgb{255, 255, 255}));
  EXPECT_EQ(axial.At(3, 2), (Rgb{0, 0, 0}));
  const RgbImage coronal = DrawSlice(volume, SlicePlane::kCoronal, 2, {});
  EXPECT_EQ(coronal.height, 4) << "two slices of 2 mm";
  EXPECT_EQ(coronal.At(0, 0), (Rgb{255, 255, 255}));
  EXPECT_EQ(coronal.At(0, 1), (Rgb{255, 255, 255}));
  EXPECT_EQ(coronal.At(0, 2), (Rgb{0, 0, 0}));
  const RgbImage sagittal = DrawSlice(volume, SlicePlane::kSagittal, 3, {});
  EXPECT_EQ(sagittal.width, 3);
  EXPECT_EQ(sagittal.At(0, 0), (Rgb{255, 255, 255}));
  EXPECT_EQ(sagittal.At(2, 0), (Rgb{0, 0, 0}));
}

TEST(Montage, WindowMapsItsLevelToMidGrey) {
  Volume<int16_t> volume = Corner();
  for (auto& v : volume.voxels) v = -600;
  const RgbImage image = DrawSlice(volume, SlicePlane::kAxial, 0, {.window = kLungWindow});
  EXPECT_NEAR(image.At(1, 1)[0], 128, 1);
}

TEST(Montage, OverlaysColourOnlyTheirVoxels) {
  Volume<uint8_t> labels;
  labels.geometry = Corner().geometry;
  labels.geometry.size = {4, 3, 2};
  labels.voxels.assign(24, 0);
  labels.at(3, 2, 1) = 5;
  RgbImage image(4, 3);
  OverlayLabels(labels, SlicePlane::kAxial, 1, 1.0, {}, &image);
  EXPECT_EQ(image.At(0, 0), LabelColour(5));
  EXPECT_EQ(image.At(1, 0), (Rgb{0, 0, 0}));

  labels.voxels.assign(24, 1);
  RgbImage outline(4, 3);
  OverlayOutline(labels, SlicePlane::kAxial, 0, {255, 0, 0}, {}, &outline);
  EXPECT_EQ(outline.At(0, 0), (Rgb{255, 0, 0}));
  EXPECT_EQ(outline.At(1, 1), (Rgb{0, 0, 0})) << "the inside stays free";
}

TEST(Montage, TextIsDrawnAndTilesDoNotOverlap) {
  RgbImage image(20, 10);
  DrawText("I1", 0, 0, {255, 255, 255}, 1, &image);
  EXPECT_EQ(image.At(2, 3), (Rgb{255, 255, 255})) << "the stem of the I";
  EXPECT_EQ(image.At(8, 6), (Rgb{255, 255, 255})) << "the foot of the 1";
  DrawText("beyond the edge", 15, 5, {255, 255, 255}, 3, &image);  // must not write outside

  const RgbImage sheet = Tile({RgbImage(4, 4, {1, 1, 1}), RgbImage(3, 2, {2, 2, 2}), RgbImage(4, 4, {3, 3, 3})}, 2, 1);
  EXPECT_EQ(sheet.width, 9);
  EXPECT_EQ(sheet.height, 9);
  EXPECT_EQ(sheet.At(5, 0), (Rgb{2, 2, 2}));
  EXPECT_EQ(sheet.At(8, 0), (Rgb{0, 0, 0}));
  EXPECT_EQ(sheet.At(0, 5), (Rgb{3, 3, 3}));
}

TEST(Montage, LabelColoursDiffer) {
  for (int a = 1; a < 46; ++a) {
    for (int b = 1; b < a; ++b) EXPECT_NE(LabelColour(a), LabelColour(b)) << a << " " << b;
  }
}

}  // namespace
}  // namespace asap
