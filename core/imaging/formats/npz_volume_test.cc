#include "core/imaging/formats/npz_volume.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "core/base/file.h"
#include "core/imaging/formats/read_volume.h"
#include "core/imaging/formats/voxel_source.h"
#include "core/imaging/formats/write_npz_volume.h"
#include "core/imaging/reorient.h"
#include "core/io/write_npz.h"

namespace asap {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Path() { return absl::StrCat(::testing::TempDir(), "/trn00001.npz"); }

// [slice, row, column] of 3 x 4 x 5, as NumPy would number it; the value names the place: slice 1, row 2, column 3 is 123.
std::string Published(bool fortran_order) {
  std::vector<int16_t> array(60);
  for (int slice = 0; slice < 3; ++slice) {
    for (int row = 0; row < 4; ++row) {
      for (int column = 0; column < 5; ++column) {
        array[fortran_order ? slice + 3 * (row + 4 * column) : column + 5 * (row + 4 * slice)] =
            static_cast<int16_t>(100 * slice + 10 * row + column);
      }
    }
  }
  NpyHeader header;
  header.item_bytes = 2;
  header.fortran_order = fortran_order;
  header.shape = {3, 4, 5};
  EXPECT_TRUE(WriteNpz(Path(), "ct", header, {reinterpret_cast<const char*>(array.data()), 120}).ok());
  return Path();
}

TEST(NpzVolume, AxesRunWhereThePublishedPreprocessingPutThem) {
  for (const bool fortran_order : {false, true}) {
    const auto volume = ReadVolume(Published(fortran_order));
    ASSERT_TRUE(volume.ok()) << volume.status();
    const VolumeView<float> ras = RasView(*volume);
    ASSERT_THAT(ras.geometry.size, ElementsAre(5, 4, 3));
    EXPECT_THAT(ras.geometry.spacing, ElementsAre(0.8, 0.8, 0.8));
    const auto at = [&](int x, int y, int z) {
      return ras.data[ras.offset + x * ras.stride[0] + y * ras.stride[1] + z * ras.stride[2]];
    };
    // The first slice is the one nearest to the head, its first row the most anterior, its first column the rightmost.
    EXPECT_EQ(at(4, 3, 2), 0);
    EXPECT_EQ(at(3, 3, 2), 1);    // one column on: towards the left
    EXPECT_EQ(at(4, 2, 2), 10);   // one row on: towards posterior
    EXPECT_EQ(at(4, 3, 1), 100);  // one slice on: towards the feet
    EXPECT_EQ(at(0, 0, 0), 234);
    EXPECT_EQ(OrientationCode(OrientationOf(volume->geometry)), fortran_order ? "IPL" : "LPI");
    const auto geometry = ReadGeometry(Path());
    ASSERT_TRUE(geometry.ok()) << geometry.status();
    EXPECT_EQ(geometry->size, volume->geometry.size);
    EXPECT_EQ(geometry->direction, volume->geometry.direction);
  }
}

TEST(NpzVolume, EachWayOfReadingGivesTheSame) {
  for (const bool fortran_order : {false, true}) {
    const auto volume = ReadVolume(Published(fortran_order));
    const auto rows = OpenRows(Path());
    ASSERT_TRUE(volume.ok() && rows.ok());
    std::vector<float> read(60);
    (*rows)->ReadRow(0, 1, 60, read.data());
    EXPECT_EQ(read, volume->voxels);
    (*rows)->ReadRow(59, -1, 60, read.data());
    EXPECT_EQ(read, std::vector<float>(volume->voxels.rbegin(), volume->voxels.rend()));
    const auto source = OpenVoxelSource(Path());
    ASSERT_TRUE(source.ok()) << source.status();
    std::vector<int16_t> voxels(60);
    ASSERT_TRUE((*source)->Read({{0, 0, 0}, (*source)->geometry().size}, absl::MakeSpan(voxels)).ok());
    const Index3 size = volume->geometry.size;
    for (int64_t i = 0, x = 0; x < size[0]; ++x) {
      for (int64_t y = 0; y < size[1]; ++y) {
        for (int64_t z = 0; z < size[2]; ++z) EXPECT_EQ(voxels[i++], volume->at(x, y, z));
      }
    }
  }
}

TEST(NpzVolume, WhatIsWrittenIsRead) {
  Volume<int16_t> volume{{.size = {4, 5, 6}}, {}};
  for (int i = 0; i < 120; ++i) volume.voxels.push_back(static_cast<int16_t>(17 * i - 1000));
  for (const bool fortran_order : {false, true}) {
    ASSERT_TRUE(WriteNpzVolume(Path(), volume, fortran_order).ok());
    const auto read = ReadVolume(Path());
    ASSERT_TRUE(read.ok()) << read.status();
    const VolumeView<float> ras = RasView(*read);
    ASSERT_EQ(ras.geometry.size, volume.geometry.size);
    for (int64_t z = 0; z < 6; ++z) {
      for (int64_t y = 0; y < 5; ++y) {
        for (int64_t x = 0; x < 4; ++x) {
          EXPECT_EQ(ras.data[ras.offset + x * ras.stride[0] + y * ras.stride[1] + z * ras.stride[2]], volume.at(x, y, z));
        }
      }
    }
  }
}

TEST(NpzVolume, OtherArraysAreRefused) {
  const auto error = [](const std::string& name, char kind, int64_t bytes, std::vector<int64_t> shape, bool big_endian = false) {
    NpyHeader header;
    header.kind = kind;
    header.item_bytes = bytes;
    header.shape = std::move(shape);
    header.big_endian = big_endian;
    EXPECT_TRUE(WriteNpz(Path(), name, header, std::string(header.bytes(), '\0')).ok());
    const auto status = ReadGeometry(Path()).status();
    EXPECT_EQ(ReadVolume(Path()).status(), status);
    EXPECT_EQ(OpenVoxelSource(Path()).status(), status);
    return std::string(status.message());
  };
  EXPECT_THAT(error("ct", 'f', 8, {2, 2, 2}), AllOf(HasSubstr("trn00001.npz"), HasSubstr("float64 of shape (2, 2, 2)"),
                                                    HasSubstr("expected int16 HU"), HasSubstr("NIfTI")));
  EXPECT_THAT(error("ct", 'u', 2, {2, 2, 2}), HasSubstr("uint16"));
  EXPECT_THAT(error("ct", 'i', 2, {2, 2, 2}, true), HasSubstr("big-endian int16"));
  EXPECT_THAT(error("ct", 'i', 2, {8}), HasSubstr("shape (8)"));
  EXPECT_THAT(error("ct", 'i', 2, {2, 0, 2}), HasSubstr("expected 1 to 2^30 voxels"));
  EXPECT_THAT(error("features", 'i', 2, {2, 2, 2}), AllOf(HasSubstr("no array \"ct\""), HasSubstr("found: features")));
}

}  // namespace
}  // namespace asap
