#include "core/imaging/formats/dicom_stack.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/held_warnings.h"
#include "core/imaging/formats/dicom.h"
#include "core/imaging/formats/dicom_test_folder.h"
#include "core/imaging/formats/write_dicom.h"
#include "core/imaging/geometry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class DicomStackTest : public DicomTestFolder {
 protected:
  // A slice at `z` mm, whose stored values are its z in tenths of a mm.
  static DicomSlice At(double z) {
    DicomSlice slice = Slice(0);
    slice.position = {0, 0, z};
    std::fill(slice.stored.begin(), slice.stored.end(), static_cast<int16_t>(std::lround(10 * z)));
    return slice;
  }

  // That the folder's slices make a volume in which each lies where it was scanned to 0.2 mm.
  void ExpectTruePlaces(int count) {
    const auto volume = ReadDicomSeries(folder_);
    ASSERT_TRUE(volume.ok()) << volume.status();
    ASSERT_EQ(volume->geometry.size[2], count);
    for (int k = 0; k < count; ++k) {
      const double z = IndexToWorld(volume->geometry, {0, 0, static_cast<double>(k)})[2];
      EXPECT_NEAR(z, (volume->at(0, 0, k) + 1024) / 10, 0.2);
    }
  }
};

TEST_F(DicomStackTest, RoundingOfOrientationAndSpacingSplitsNoSeries) {
  for (int z = 0; z < 8; ++z) {
    DicomSlice slice = Slice(z);
    slice.orientation = {1, 0, z % 2 ? -1e-12 : 1e-12, 0, 1, z % 2 ? 0.0004999 : 0.0005001};
    slice.spacing = {0.7, z % 2 ? 0.80004 : 0.80005};
    Write(absl::StrCat("s", z), slice);
  }
  HeldWarnings held;
  const auto volume = ReadDicomSeries(folder_);
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_THAT(held.Take(), IsEmpty());
  EXPECT_EQ(volume->geometry.size, (Index3{4, 3, 8}));
  EXPECT_EQ(volume->geometry.spacing[0], 0.80005);  // that of the first slice
  EXPECT_EQ(volume->geometry.spacing[2], 2.5);      // not 2.4999997, of which resampling would make a slice fewer
  for (int z = 0; z < 8; ++z) EXPECT_EQ(volume->at(1, 2, z), 100 * z + 21 - 1024);
}

TEST_F(DicomStackTest, TheOrderOfFilesDoesNotMatter) {
  // Orientations that differ by rounding, far from the axes' origin: along normals of their own, slices would change places.
  std::vector<Geometry> geometries;
  for (const bool reversed : {false, true}) {
    for (int z = 0; z < 8; ++z) {
      DicomSlice slice = Slice(z);
      slice.orientation = {1, 0, z % 2 ? 0.0008 : 0, 0, 1, 0};
      slice.position = {-400, -300, 0.5 * z};
      Write(absl::StrCat("s", reversed ? 9 - z : z), slice);
    }
    const auto volume = ReadDicomSeries(folder_);
    ASSERT_TRUE(volume.ok()) << volume.status();
    for (int z = 0; z < 8; ++z) EXPECT_EQ(volume->at(0, 0, z), 100 * z - 1024);
    geometries.push_back(volume->geometry);
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  EXPECT_EQ(geometries[0].direction, geometries[1].direction);
  EXPECT_EQ(geometries[0].origin, geometries[1].origin);
}

TEST_F(DicomStackTest, SlicesOfTwoPlanesStayTwo) {
  for (int z = 0; z < 6; ++z) Write(absl::StrCat("a", z), Slice(z));
  for (int z = 0; z < 4; ++z) {
    DicomSlice slice = Slice(z);
    slice.orientation = {0, 1, 0, 0, 0, -1};
    Write(absl::StrCat("b", z), slice);
  }
  HeldWarnings held;
  EXPECT_EQ(ReadDicomSeries(folder_)->geometry.size[2], 6);
  EXPECT_THAT(held.Take(), ElementsAre(HasSubstr("2 series or orientations; reading the largest (6 slices from a0)")));
}

TEST_F(DicomStackTest, ASeriesASliceIsJoined) {
  for (int z = 0; z < 8; ++z) {
    DicomSlice slice = Slice(z);
    slice.series = absl::StrCat("1.2.3.", z);
    Write(absl::StrCat("s", z), slice);
  }
  HeldWarnings held;
  const auto volume = ReadDicomSeries(folder_);
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_EQ(volume->geometry.size[2], 8);
  EXPECT_EQ(volume->at(0, 0, 5), 500 - 1024);
  EXPECT_THAT(held.Take(), ElementsAre(HasSubstr("its 8 slices say that they are of 8 series, but stack evenly")));
  std::filesystem::remove(folder_ + "/s4");
  EXPECT_THAT(std::string(ReadDicomSeries(folder_).status().message()),
              AllOf(HasSubstr("its 7 slices are of 7 series of one slice each"), HasSubstr("s3 and s5 lie 5 mm apart")));
}

TEST_F(DicomStackTest, HalvesAreJoinedAndSeriesBetweenEachOtherAreNot) {
  for (int z = 0; z < 8; ++z) {
    DicomSlice slice = Slice(z);
    slice.series = z < 5 ? "1.2.3" : "1.2.4";
    Write(absl::StrCat("s", z), slice);
  }
  {
    HeldWarnings held;
    EXPECT_EQ(ReadDicomSeries(folder_)->geometry.size[2], 8);
    EXPECT_THAT(held.Take(), ElementsAre(HasSubstr("8 slices say that they are of 2 series")));
  }
  // Another reconstruction of the same scan, between its slices: even with them, and another volume.
  for (int z = 0; z < 8; ++z) {
    DicomSlice slice = Slice(z);
    slice.series = z % 2 ? "1.2.3" : "1.2.4";
    Write(absl::StrCat("s", z), slice);
  }
  HeldWarnings held;
  EXPECT_EQ(ReadDicomSeries(folder_)->geometry.size[2], 4);
  EXPECT_THAT(held.Take(), ElementsAre(HasSubstr("2 series or orientations; reading the largest (4 slices")));
}

TEST_F(DicomStackTest, AStudyASliceIsRefusedAsThat) {
  for (int z = 0; z < 8; ++z) {
    DicomSlice slice = Slice(z);
    slice.series = absl::StrCat("1.2.3.", z);
    slice.study = absl::StrCat("1.2.4.", z);
    Write(absl::StrCat("s", z), slice);
  }
  EXPECT_THAT(std::string(ReadDicomSeries(folder_).status().message()),
              AllOf(HasSubstr("its 8 slices are of 8 series of one slice each"), HasSubstr("they differ in study")));
}

TEST_F(DicomStackTest, SeriesOfTwoStudiesAreNotJoined) {
  for (int z = 0; z < 8; ++z) {
    DicomSlice slice = Slice(z);
    slice.series = z < 5 ? "1.2.3" : "1.2.4";
    slice.study = z < 5 ? "1.2" : "1.3";
    Write(absl::StrCat("s", z), slice);
  }
  HeldWarnings held;
  EXPECT_EQ(ReadDicomSeries(folder_)->geometry.size[2], 5);
  EXPECT_THAT(held.Take(), ElementsAre(HasSubstr("reading the largest (5 slices")));
}

TEST_F(DicomStackTest, PositionsMayBeRounded) {
  for (int k = 0; k < 40; ++k) Write(absl::StrCat("s", k), At(std::round(10 * 0.625 * k) / 10));  // to 0.1 mm
  HeldWarnings held;
  ExpectTruePlaces(40);
  EXPECT_THAT(held.Take(), IsEmpty());
}

TEST_F(DicomStackTest, UnevenSlicesAreRefusedWithTheirDistances) {
  // A spacing that changes, either way round, a little, and by a jump.
  const auto refuse = [&](const std::vector<double>& places, const std::string& what) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    for (size_t k = 0; k < places.size(); ++k) Write(absl::StrCat("s", 10 + (7 * k) % places.size()), At(places[k]));
    const absl::Status status = ReadDicomSeries(folder_).status();
    ASSERT_FALSE(status.ok()) << what;
    EXPECT_THAT(std::string(status.message()), HasSubstr(what));
  };
  std::vector<double> coarse_then_fine, fine_then_coarse, drift, jump;
  for (int k = 0; k < 12; ++k) coarse_then_fine.push_back(3 * k);
  for (int k = 1; k < 9; ++k) coarse_then_fine.push_back(33 + 1.5 * k);
  for (int k = 0; k < 12; ++k) fine_then_coarse.push_back(1.5 * k);
  for (int k = 1; k < 9; ++k) fine_then_coarse.push_back(16.5 + 3 * k);
  for (int k = 0; k < 20; ++k) drift.push_back(3 * k + 0.01 * k * k);
  for (int k = 0; k < 20; ++k) jump.push_back(3 * k + (k < 10 ? 0 : 1));
  refuse(coarse_then_fine, "lie 1.5 mm apart, most others 3 mm");
  refuse(fine_then_coarse, "lie 3 mm apart, most others 1.5 mm");
  refuse(drift, "up to 0.9 mm from their places");
  refuse(jump, "lie 4 mm apart, most others 3 mm");
}

TEST_F(DicomStackTest, UnevenSlicesOfAnyPlaneAreRefused) {
  for (int k = 0; k < 12; ++k) {
    DicomSlice slice = Slice(k);
    slice.orientation = {0, 1, 0, 0, 0, -1};  // sagittal
    slice.position = {k < 6 ? 2.0 * k : 10 + 3.0 * (k - 5), 5, 6};
    Write(absl::StrCat("s", k), slice);
  }
  EXPECT_THAT(std::string(ReadDicomSeries(folder_).status().message()), HasSubstr("unevenly spaced"));
}

TEST_F(DicomStackTest, OfTwoPassesTheMainOneIsReadAndEqualsAreRefused) {
  const auto write = [&](int acquisition, double z) {
    DicomSlice slice = At(z);
    slice.acquisition = acquisition;
    Write(absl::StrCat("a", acquisition, "_", z), slice);
  };
  for (int k = 0; k < 12; ++k) write(1, 3 * k);
  for (int k = 0; k < 5; ++k) write(2, 16.3 + 3 * k);
  {
    HeldWarnings held;
    ExpectTruePlaces(12);
    EXPECT_THAT(held.Take(), ElementsAre(HasSubstr("2 acquisitions that do not stack evenly together; reading the largest (12")));
  }
  for (int k = 5; k < 12; ++k) write(2, 16.3 + 3 * k);
  EXPECT_THAT(std::string(ReadDicomSeries(folder_).status().message()), HasSubstr("unevenly spaced"));
}

TEST_F(DicomStackTest, GantryTiltIsCorrectedAndTold) {
  // Upright in the patient: a plane of values y, in slices that start further back by the tilt each.
  const double tilt = std::tan(15 * M_PI / 180);
  const auto write = [&](double lean) {
    for (int k = 0; k < 10; ++k) {
      DicomSlice slice;
      slice.rows = 20;
      slice.columns = 4;
      slice.spacing = {1, 1};
      slice.position = {0, -50 + 3 * k * lean, 3.0 * k};
      for (int y = 0; y < 20; ++y) {
        for (int x = 0; x < 4; ++x) slice.stored.push_back(static_cast<int16_t>(std::lround(1000 + 10 * (y + 3 * k * lean))));
      }
      slice.intercept = 0;
      Write(absl::StrCat("s", k), slice);
    }
  };
  write(tilt);
  HeldWarnings held;
  const auto volume = ReadDicomSeries(folder_);
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_THAT(held.Take(), ElementsAre(AllOf(HasSubstr("gantry tilt of 15 degrees"), HasSubstr("up to 7.23 mm"))));
  EXPECT_EQ(volume->geometry.size, (Index3{4, 28, 10}));
  EXPECT_NEAR(volume->geometry.spacing[2], 3, 1e-4);
  EXPECT_EQ(ReadDicomGeometry(folder_)->size, volume->geometry.size);
  int covered = 0;
  for (int k = 0; k < 10; ++k) {
    for (int y = 0; y < 28; ++y) {
      const double place = -IndexToWorld(volume->geometry, {0, static_cast<double>(y), static_cast<double>(k)})[1];
      const float value = volume->at(2, y, k);
      if (value == 1000) continue;  // the least value stands where no slice was
      ++covered;
      EXPECT_NEAR(value, 1000 + 10 * (place + 50), 0.6) << y << " " << k;
    }
  }
  EXPECT_GE(covered, 180);
  held.Take();
  write(1e-3);  // a shift of 0.03 mm over all slices: rounding
  EXPECT_EQ(ReadDicomSeries(folder_)->geometry.size, (Index3{4, 20, 10}));
  EXPECT_THAT(held.Take(), IsEmpty());
}

TEST_F(DicomStackTest, TheTiltMayLeanEitherWayAndAcross) {
  for (int k = 0; k < 6; ++k) {
    DicomSlice slice = Slice(k);
    slice.position = {-1.6 * k, -0.7 * k, 2.5 * k};  // two pixels a slice along columns, one along rows, backwards
    Write(absl::StrCat("s", k), slice);
  }
  HeldWarnings held;
  const auto volume = ReadDicomSeries(folder_);
  held.Take();
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_EQ(volume->geometry.size, (Index3{14, 8, 6}));
  for (int k = 0; k < 6; ++k) {
    const std::array<double, 3> place = IndexToWorld(volume->geometry, {10.0 - 2 * k, 5.0 - k, static_cast<double>(k)});
    EXPECT_NEAR(place[0], 1.6 * k, 1e-4);
    EXPECT_NEAR(place[1], 0.7 * k, 1e-4);
    EXPECT_NEAR(volume->at(10 - 2 * k, 5 - k, k), 100 * k - 1024, 0.01);
    EXPECT_NEAR(volume->at(12 - 2 * k, 6 - k, k), 100 * k + 12 - 1024, 0.01);
  }
}

TEST_F(DicomStackTest, SlicesThatJumpSidewaysAreRefused) {
  for (int k = 0; k < 10; ++k) {
    DicomSlice slice = Slice(k);
    slice.position[0] += k < 5 ? 0 : 5;
    Write(absl::StrCat("s", k), slice);
  }
  EXPECT_THAT(std::string(ReadDicomSeries(folder_).status().message()), HasSubstr("mm sideways"));
}

}  // namespace
}  // namespace asap
