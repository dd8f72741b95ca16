#include "core/imaging/formats/picture_series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/natural_order.h"
#include "core/imaging/formats/read_volume.h"
#include "core/imaging/formats/write_dicom.h"
#include "core/io/png.h"

namespace asap {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// A grey JPEG of 8x8 pixels of value 128: a flat block has only its mean, which is zero after the level shift.
constexpr unsigned char kJpeg[] = {0xff, 0xd8, 0xff, 0xdb, 0x00, 0x43, 0x00, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                   1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                   1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                   // One component of 8 bits, 8x8.
                                   0xff, 0xc0, 0x00, 0x0b, 8, 0x00, 8, 0x00, 8, 1, 1, 0x11, 0,
                                   // DC: one code of one bit for the category 0. AC: one of one bit for the end of the block.
                                   0xff, 0xc4, 0x00, 0x14, 0x00, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0xff, 0xc4,
                                   0x00, 0x14, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00,
                                   // The scan: both codes, then ones.
                                   0xff, 0xda, 0x00, 0x08, 1, 1, 0x00, 0x00, 0x3f, 0x00, 0x3f, 0xff, 0xd9};

std::string Jpeg() { return std::string(reinterpret_cast<const char*>(kJpeg), sizeof(kJpeg)); }

class PictureSeriesTest : public ::testing::Test {
 protected:
  PictureSeriesTest() {
    folder_ = absl::StrCat(::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
  }
  std::string Path(const std::string& name) const { return absl::StrCat(folder_, "/", name); }
  void Png(const std::string& name, int width, int height, uint8_t first) const {
    RgbImage image(width, height);
    for (size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<uint8_t>(first + i / 3);
    ASSERT_TRUE(WritePng(Path(name), image).ok());
  }
  void Bytes(const std::string& name, const std::string& bytes) const {
    ASSERT_TRUE(WriteFileAtomically(Path(name), bytes).ok());
  }
  std::string Error() const { return std::string(ReadVolume(folder_).status().message()); }

  std::string folder_;
};

TEST(NaturalOrder, NumbersCountAsNumbers) {
  EXPECT_TRUE(NaturalLess("slice2.png", "slice10.png"));
  EXPECT_FALSE(NaturalLess("slice10.png", "slice2.png"));
  EXPECT_TRUE(NaturalLess("0099.png", "100.png"));
  EXPECT_TRUE(NaturalLess("a1b2", "a1b10"));
  EXPECT_TRUE(NaturalLess("a", "a1"));
  EXPECT_TRUE(NaturalLess("7", "007"));
  EXPECT_FALSE(NaturalLess("007", "7"));
  EXPECT_FALSE(NaturalLess("7", "7"));
  EXPECT_TRUE(NaturalLess("99999999999999999999998", "99999999999999999999999"));
}

TEST_F(PictureSeriesTest, AVolumeInRas) {
  Png("10.png", 3, 2, 0);   // the most inferior: 0 1 2 / 3 4 5
  Png("2.png", 3, 2, 100);  // 100 101 102 / 103 104 105
  Png("._2.png", 9, 9, 7);  // what another system left
  Bytes("readme.txt", "x");
  const auto volume = ReadVolume(folder_);
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_THAT(volume->geometry.size, ElementsAre(3, 2, 2));
  EXPECT_THAT(volume->geometry.spacing, ElementsAre(1, 1, 1));
  EXPECT_THAT(volume->voxels, ElementsAre(5, 4, 3, 2, 1, 0, 105, 104, 103, 102, 101, 100));
  EXPECT_THAT(ReadGeometry(folder_)->size, ElementsAre(3, 2, 2));
}

TEST_F(PictureSeriesTest, JpegAndColours) {
  Bytes("0.jpg", Jpeg());
  ASSERT_TRUE(WritePng(Path("1.PNG"), RgbImage(8, 8, {200, 100, 0})).ok());
  const auto volume = ReadVolume(folder_);
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_EQ(volume->at(3, 3, 1), 128);
  EXPECT_EQ(volume->at(3, 3, 0), 119);  // 0.299 * 200 + 0.587 * 100
}

TEST_F(PictureSeriesTest, DefectiveSlicesAreNamed) {
  for (int i = 0; i < 4; ++i) Png(absl::StrCat(i, ".png"), 8, 6, 0);
  Png("4.png", 6, 8, 0);
  const std::string whole = *ReadFile(Path("0.png"));
  Bytes("5.png", whole.substr(0, whole.size() / 2));
  Bytes("6.jpg", Jpeg().substr(0, 120));
  Bytes("7.jpg", "nothing");
  const std::string error = Error();
  EXPECT_THAT(error, AllOf(HasSubstr(": 4 of its 8 slices are defective: 4.png (6x8 pixels where most have 8x6), 5.png ("),
                           HasSubstr("6.jpg (a truncated JPEG), 7.jpg (not a JPEG)"), HasSubstr("unpack the scan again")));
  std::string damaged = Jpeg();
  for (size_t i = 69; i + 2 < damaged.size(); ++i) damaged[i] = 0;
  Bytes("6.jpg", damaged);
  EXPECT_THAT(Error(), HasSubstr("6.jpg (a damaged JPEG)"));
}

TEST_F(PictureSeriesTest, WhatIsNoSeries) {
  EXPECT_THAT(Error(), HasSubstr("holds no DICOM files"));
  Bytes("0.png", "nothing");
  EXPECT_THAT(Error(), HasSubstr("1 of its 1 slices is defective: 0.png (not a readable PNG"));
  EXPECT_THAT(std::string(ReadGeometry(folder_).status().message()), HasSubstr("none of its 1 pictures can be read"));
  EXPECT_THAT(SlicePictures("/nowhere"), IsEmpty());
}

TEST_F(PictureSeriesTest, APreviewBesideDicomIsNoSlice) {
  for (int z = 0; z < 3; ++z) {
    DicomSlice slice;
    slice.position = {0, 0, static_cast<double>(z)};
    slice.stored.assign(12, 1024);
    Bytes(absl::StrCat(z, ".dcm"), DicomBytes(slice));
  }
  Png("preview.png", 5, 5, 0);
  const auto volume = ReadVolume(folder_);
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_THAT(volume->geometry.size, ElementsAre(4, 3, 3));
  EXPECT_THAT(volume->voxels, Not(::testing::Contains(1)));
}

}  // namespace
}  // namespace asap
